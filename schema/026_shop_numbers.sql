-- Shopify's number of a shop that was installed through Shopify, where the gateways read it: they tell by it whose a
-- delivery is that names no domain.
alter table registry.shop add column shopify_id bigint;
update registry.shop set shopify_id = installation.shopify_id
    from shopify.installation where installation.shop_id = shop.id;

create function shopify.note_number() returns trigger language plpgsql as $$
begin
    update registry.shop set shopify_id = new.shopify_id
    where id = new.shop_id and shopify_id is distinct from new.shopify_id;
    return null;
end $$;
create trigger installation_numbered after insert or update of shopify_id on shopify.installation
    for each row execute function shopify.note_number();

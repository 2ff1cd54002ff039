-- What we keep of a shop's standing with Shopify ends with the tenancy, in the same transaction and however it ends:
-- Shopify has removed the token, the pixel and the subscriptions by then, and does not tell of each.
create function shopify.end_installation() returns trigger language plpgsql as $$
begin
    delete from shopify.token where shop_id = new.id;
    update shopify.installation set uninstalled_at = now() where shop_id = new.id;
    delete from shopify.webhook_subscription where shop_id = new.id;
    with ended as (
        update shopify.pixel set pixel_id = null, state = 'deleted', message = 'the app was uninstalled', changed_at = now()
        where shop_id = new.id and state <> 'deleted'
        returning version, account_id, endpoint, message, changed_at
    )
    insert into shopify.pixel_history (shop_id, version, action, state, account_id, endpoint, message, at)
    select new.id, version, 'deleted', 'deleted', account_id, endpoint, message, changed_at from ended;
    update shopify.import set state = 'failed', message = 'the app was uninstalled', updated_at = now()
        where shop_id = new.id and state in ('asked', 'reading');
    update shopify.draft_order set state = 'failed', message = 'the app was uninstalled', finished_at = now()
        where shop_id = new.id and state = 'asked';
    return null;
end $$;
drop trigger shop_uninstalled on registry.shop;
drop function shopify.destroy_token();
create trigger shop_uninstalled after update of status on registry.shop
    for each row when (new.status = 'uninstalled' and old.status <> 'uninstalled')
    execute function shopify.end_installation();

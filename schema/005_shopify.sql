-- What Footfall keeps of its standing with Shopify: installations, tokens (sealed), and news not yet in the log.
create schema shopify;

-- One row a shop that was ever installed through Shopify.
create table shopify.installation (
    shop_id integer primary key references registry.shop,
    -- Names this installation in events; a re-install has another.
    install_id uuid not null,
    -- Shopify's number of the shop.
    shopify_id bigint not null,
    -- As Shopify granted them, and when we learnt that.
    scopes text[] not null,
    scopes_at timestamptz not null,
    installed_at timestamptz not null,
    uninstalled_at timestamptz
);

create sequence shopify.token_version;

-- The offline token of a shop. The row is deleted on uninstall; nobody can then speak for the shop.
create table shopify.token (
    shop_id integer primary key references registry.shop,
    -- Another number for each token, so that a refused one is told from its successor.
    version bigint not null default nextval('shopify.token_version'),
    -- When the access token ends; null for the old kind, which never does.
    expires_at timestamptz,
    -- When the refresh token ends: the merchant has to open the app again.
    refresh_expires_at timestamptz,
    -- Who refreshes it, and until when nobody else does.
    lease_id uuid,
    lease_until timestamptz,
    -- An exchange of an old token for an expiring one was refused; not tried again before.
    migrate_after timestamptz,
    -- A data key of this row's own, wrapped under APP_SECRET_KEY; the first two bytes say under which one.
    wrapped_key bytea not null,
    -- Access and refresh token, sealed under the data key and bound to the shop.
    sealed bytea not null
);

-- Events that a transaction here has caused and that wait for the log (at least once; the identity makes it once).
create table shopify.announcement (
    id bigint generated always as identity primary key,
    shop_id integer not null references registry.shop,
    name text not null,
    payload jsonb not null,
    identity text not null unique,
    occurred_at timestamptz not null
);

-- However a tenancy ends, nobody can speak for the shop afterwards.
create function shopify.destroy_token() returns trigger language plpgsql as $$
begin
    delete from shopify.token where shop_id = new.id;
    update shopify.installation set uninstalled_at = now() where shop_id = new.id;
    return null;
end $$;
create trigger shop_uninstalled after update of status on registry.shop
    for each row when (new.status = 'uninstalled' and old.status <> 'uninstalled')
    execute function shopify.destroy_token();

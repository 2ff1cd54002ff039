-- Whoever answers requests may not destroy a shop's key: the API writes what it knows of a shop, and its key only once, with
-- the new row.
alter function registry.role_grants() rename to role_grants_before_columns;
create function registry.role_grants() returns table (role text, relation text, privileges text)
    language sql immutable as $$
    select role, relation, case when (role, relation) = ('footfall_api', 'registry.shop')
        then 'select, insert, update (timezone, currency, hosts, status, installed_at, uninstalled_at, shopify_id)'
        else privileges end
    from registry.role_grants_before_columns()
$$;
do $$ begin
    if exists (select from pg_roles where rolname = 'footfall_api') then
        revoke update on registry.shop from footfall_api;
    end if;
end $$;
select registry.grant_roles();

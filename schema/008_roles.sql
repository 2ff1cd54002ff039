-- Who may do what. Each role of the program (SET ROLE after connecting, or a login of its own that is a member) can do
-- its work and no more. Roles belong to the cluster, so they may be there already; where the migrating user may not make
-- them, everything goes on under that user alone and `footfall doctor` says so.

-- The week's partition, made by whoever appends first: with the rights of the schema's owner, since appending roles own
-- nothing. The retention role owns it, so that it can drop it.
create or replace function log.ensure_partition(at timestamptz) returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    week timestamp := date_trunc('week', at at time zone 'UTC');
    name text := 'event_' || to_char(week, 'YYYYMMDD');
begin
    if to_regclass('log.' || name) is null then
        perform pg_advisory_xact_lock(hashtext('footfall.partition'));
        if to_regclass('log.' || name) is null then
            execute format('create table log.%I (like log.event including storage including comments)', name);
            -- Positions only grow, so a full page is never split again; times of events come a little out of order.
            execute format('create unique index %I on log.%I (lane, position) with (fillfactor = 100)',
                name || '_position', name);
            execute format('create unique index %I on log.%I (lane, key)', name || '_key', name);
            execute format('create trigger no_truncate before truncate on log.%I '
                'for each statement execute function log.refuse_change()', name);
            execute format('alter table log.event attach partition log.%I for values from (%L) to (%L)', name,
                week at time zone 'UTC', (week + interval '7 days') at time zone 'UTC');
            if registry.holds_role('footfall_retention') then
                execute format('alter table log.%I owner to footfall_retention', name);
            end if;
        end if;
    end if;
    return name;
end $$;

-- True where the role is there and the asker may take it.
create function registry.holds_role(role text) returns boolean language plpgsql stable
    set search_path = pg_catalog, pg_temp as $$
begin
    return exists (select from pg_roles where rolname = role and pg_has_role(current_user, oid, 'member'));
end $$;

-- What each role may do, a line a table; a table that is not there (yet) is passed over.
create function registry.role_grants() returns table (role text, relation text, privileges text)
    language sql immutable as $$
    values
        -- Appends and cannot read what it appended: of an event only what tells a repeat. Reads the shops' keys, which
        -- it seals under, and no subject's.
        ('footfall_gateway', 'registry.lane', 'select'),
        ('footfall_gateway', 'registry.shop', 'select'),
        ('footfall_gateway', 'registry.daily_salt', 'select, insert, delete'),
        ('footfall_gateway', 'registry.subject_key', 'insert, select (lane, key_id)'),
        ('footfall_gateway', 'log.event', 'insert, select (lane, position, key, content, received_at)'),
        ('footfall_gateway', 'log.batch', 'select, insert'),
        ('footfall_gateway', 'log.kind', 'select, insert'),
        ('footfall_gateway', 'log.alias', 'select, insert'),
        ('footfall_gateway', 'log.quarantine', 'insert'),
        ('footfall_gateway', 'privacy.fence', 'select'),
        ('footfall_gateway', 'privacy.process', 'select, insert, update, delete'),
        -- The same append, without the shops' keys and the salts.
        ('footfall_drain', 'registry.lane', 'select'),
        ('footfall_drain', 'registry.shop', 'select (id, domain, lane, status)'),
        ('footfall_drain', 'registry.subject_key', 'insert, select (lane, key_id)'),
        ('footfall_drain', 'log.event', 'insert, select (lane, position, key, content, received_at)'),
        ('footfall_drain', 'log.batch', 'select, insert'),
        ('footfall_drain', 'log.kind', 'select, insert'),
        ('footfall_drain', 'log.alias', 'select, insert'),
        ('footfall_drain', 'log.quarantine', 'insert'),
        ('footfall_drain', 'privacy.fence', 'select'),
        ('footfall_drain', 'privacy.process', 'select, insert, update, delete'),
        -- Reads the log, owns the read models, notes the reactors' tasks. Opens nothing.
        ('footfall_projector', 'registry.lane', 'select'),
        ('footfall_projector', 'registry.shop',
            'select (id, domain, lane, account_id, timezone, currency, status, hosts, installed_at, uninstalled_at)'),
        ('footfall_projector', 'log.event', 'select'),
        ('footfall_projector', 'log.batch', 'select'),
        ('footfall_projector', 'log.kind', 'select'),
        ('footfall_projector', 'log.dropped', 'select'),
        ('footfall_projector', 'projection.switch', 'select, insert'),
        ('footfall_projector', 'projection.waiting', 'select, insert, update, delete'),
        ('footfall_projector', 'reactor.checkpoint', 'select, insert, update, delete'),
        ('footfall_projector', 'reactor.task', 'select, insert, update, delete'),
        ('footfall_projector', 'reactor.throttle', 'select, insert, update, delete'),
        ('footfall_projector', 'privacy.fence', 'select'),
        ('footfall_projector', 'privacy.redaction', 'select, insert, update'),
        ('footfall_projector', 'privacy.process', 'select, insert, update, delete'),
        -- Answers, opens what a scope allows, installs shops and works their tasks. Cannot write the log: what it
        -- records goes the way of all events.
        ('footfall_api', 'registry.lane', 'select, insert'),
        ('footfall_api', 'registry.shop', 'select, insert, update'),
        ('footfall_api', 'registry.api_key', 'select, insert, update'),
        ('footfall_api', 'registry.subject_key', 'select'),
        ('footfall_api', 'log.event', 'select'),
        ('footfall_api', 'log.batch', 'select'),
        ('footfall_api', 'log.kind', 'select'),
        ('footfall_api', 'log.alias', 'select'),
        ('footfall_api', 'log.dropped', 'select'),
        ('footfall_api', 'log.quarantine', 'select'),
        ('footfall_api', 'projection.switch', 'select'),
        ('footfall_api', 'projection.waiting', 'select'),
        ('footfall_api', 'reactor.checkpoint', 'select'),
        ('footfall_api', 'reactor.task', 'select, insert, update, delete'),
        ('footfall_api', 'reactor.throttle', 'select, insert, update, delete'),
        ('footfall_api', 'shopify.*', 'select, insert, update, delete'),
        ('footfall_api', 'privacy.request', 'select, insert, update'),
        ('footfall_api', 'privacy.round', 'select'),
        ('footfall_api', 'privacy.opening', 'select, insert'),
        ('footfall_api', 'privacy.retention_rule', 'select, insert, update, delete'),
        ('footfall_api', 'privacy.retention_run', 'select'),
        ('footfall_api', 'privacy.retention_result', 'select'),
        ('footfall_api', 'privacy.export', 'select, insert, update'),
        ('footfall_api', 'privacy.receipt', 'select'),
        ('footfall_api', 'privacy.fence', 'select'),
        ('footfall_api', 'privacy.redaction', 'select'),
        ('footfall_api', 'privacy.backup', 'select'),
        ('footfall_api', 'privacy.restoration', 'select'),
        ('footfall_api', 'privacy.process', 'select, insert, update, delete'),
        -- Forgets: drops weeks and keys, fences, blanks. Still changes nothing in the log.
        ('footfall_retention', 'registry.*', 'select'),
        ('footfall_retention', 'registry.shop', 'update, delete'),
        ('footfall_retention', 'registry.api_key', 'update, delete'),
        ('footfall_retention', 'registry.daily_salt', 'delete'),
        ('footfall_retention', 'log.event', 'select'),
        ('footfall_retention', 'log.batch', 'select'),
        ('footfall_retention', 'log.kind', 'select'),
        ('footfall_retention', 'log.alias', 'select, delete'),
        ('footfall_retention', 'log.dropped', 'select, insert'),
        ('footfall_retention', 'log.quarantine', 'select, update, delete'),
        ('footfall_retention', 'reactor.*', 'select, insert, update, delete'),
        ('footfall_retention', 'shopify.*', 'select, insert, update, delete'),
        ('footfall_retention', 'privacy.*', 'select, insert, update, delete')
$$;

-- Makes the roles and grants what is missing; safe to run again, and run again after every migration, so that tables and
-- read models that came since are covered. Returns the roles that are not there or that the asker may not take.
create function registry.grant_roles() returns text[] language plpgsql as $$
declare
    names constant text[] :=
        array['footfall_gateway', 'footfall_drain', 'footfall_projector', 'footfall_api', 'footfall_retention'];
    missing text[];
    name text;
    item record;
begin
    foreach name in array names loop
        begin
            if not exists (select from pg_roles where rolname = name) then execute format('create role %I nologin', name); end if;
            if not registry.holds_role(name) then execute format('grant %I to current_user', name); end if;
        exception when insufficient_privilege or duplicate_object or unique_violation or internal_error then
            -- Not allowed; or another database's migration of this cluster does the same at this moment.
            raise notice 'role %: %', name, sqlerrm;
        end;
    end loop;
    select coalesce(array_agg(n), '{}') into missing from unnest(names) n where not registry.holds_role(n);
    if cardinality(missing) > 0 then
        raise notice 'these roles cannot be taken, so everything runs as %: %', current_user, missing;
        return missing;
    end if;
    grant usage on schema registry, log, privacy to footfall_gateway, footfall_drain, footfall_projector, footfall_api,
        footfall_retention;
    grant usage on schema projection, reactor to footfall_projector, footfall_api, footfall_retention;
    grant usage on schema shopify to footfall_api, footfall_retention;
    grant usage on all sequences in schema shopify to footfall_api;
    grant usage on all sequences in schema privacy to footfall_retention;
    revoke execute on function log.ensure_partition(timestamptz) from public;
    grant execute on function log.ensure_partition(timestamptz) to footfall_gateway, footfall_drain, footfall_retention;
    for item in select * from registry.role_grants() loop
        if item.relation like '%.*' then
            execute format('grant %s on all tables in schema %I to %I', item.privileges,
                split_part(item.relation, '.', 1), item.role);
        elsif to_regclass(item.relation) is not null then
            execute format('grant %s on %s to %I', item.privileges, item.relation, item.role);
        end if;
    end loop;
    -- What is destroyed is vacuumed and dropped afterwards, which only an owner may do. The tables of the log itself stay
    -- with the migrating user, so that nobody else can take their triggers off.
    grant create on schema log, registry, privacy, reactor, shopify to footfall_retention;
    for item in select c.oid::regclass as relation from pg_class c join pg_namespace n on n.oid = relnamespace
        where relkind = 'r' and relowner <> 'footfall_retention'::regrole and (
            n.nspname in ('privacy', 'reactor', 'shopify') or c.oid = 'registry.subject_key'::regclass
            or c.oid = 'log.quarantine'::regclass
            or c.oid in (select inhrelid from pg_inherits where inhparent = 'log.event'::regclass))
            and c.oid not in ('privacy.receipt'::regclass, coalesce(to_regclass('privacy.erasure')::oid, 0))
    loop
        execute format('alter table %s owner to footfall_retention', item.relation);
    end loop;
    perform registry.grant_read_models();
    return missing;
end $$;

-- Gives the read models, which are schemas with a checkpoint, to the projector, and lets the others read them: those
-- there now, and those it makes later.
create function registry.grant_read_models() returns void language plpgsql as $$
declare
    item record;
    relation record;
begin
    execute format('grant create on database %I to footfall_projector', current_database());
    grant footfall_projector to footfall_retention;
    alter default privileges for role footfall_projector grant usage on schemas to footfall_api;
    alter default privileges for role footfall_projector grant select on tables to footfall_api;
    for item in select n.oid, nspname, nspowner from pg_namespace n join pg_class c on c.relnamespace = n.oid
        where relname = 'checkpoint' and relkind = 'r' and nspname <> 'reactor'
    loop
        if item.nspowner <> 'footfall_projector'::regrole then
            execute format('alter schema %I owner to footfall_projector', item.nspname);
        end if;
        for relation in select c.oid::regclass as name, relkind from pg_class c
            where relnamespace = item.oid and relkind in ('r', 'p', 'v', 'm') and relowner <> 'footfall_projector'::regrole
        loop
            execute format('alter table %s owner to footfall_projector', relation.name);
        end loop;
        execute format('grant usage on schema %I to footfall_api', item.nspname);
        execute format('grant select on all tables in schema %I to footfall_api', item.nspname);
    end loop;
end $$;

select registry.grant_roles();

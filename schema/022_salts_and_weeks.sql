-- Salts of daily pseudonyms: that one is destroyed is told in the log for certain, and it does not stay in the table's
-- pages. Salts are wrapped under APP_SECRET_KEY from here on; those of before are read as they are until they are destroyed.

-- One dead row is enough for autovacuum: a salt a day would else lie there for weeks.
alter table registry.daily_salt set (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- Days whose salt is destroyed and of which the log does not have the word yet. Written by the statement that destroys,
-- and deleted when every shop's event is durable.
create table registry.salt_destroyed (
    day date primary key
);

-- Weeks of the log belong to whoever migrates, so that no role can take the triggers off them. The role that drops old
-- ones does it by these two.

-- The name of a week's partition as a table; refuses any other table.
create function log.partition_of_week(name text) returns regclass language plpgsql stable
    set search_path = pg_catalog, pg_temp as $$
declare
    part regclass;
begin
    select c.oid::regclass into part from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'log.event'::regclass and c.relname = name and name ~ '^event_[0-9]{8}$';
    if part is null then raise exception 'no week of the log: %', name using errcode = 'undefined_table'; end if;
    return part;
end $$;

-- Keeps everybody off a week until the end of the transaction, so that it can be counted and then dropped.
create function log.lock_partition(name text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    execute format('lock table %s in access exclusive mode', log.partition_of_week(name));
end $$;

-- Drops a week.
create function log.drop_partition(name text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    execute format('drop table %s', log.partition_of_week(name));
end $$;
revoke execute on function log.lock_partition(text), log.drop_partition(text) from public;

-- As in 017_log_statistics.sql, but that the week stays its owner's.
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
            perform log.spare_statistics(format('log.%I', name)::regclass);
            -- Positions only grow, so a full page is never split again; times of events come a little out of order.
            execute format('create unique index %I on log.%I (lane, position) with (fillfactor = 100)',
                name || '_position', name);
            execute format('create unique index %I on log.%I (lane, key)', name || '_key', name);
            execute format('create trigger no_truncate before truncate on log.%I '
                'for each statement execute function log.refuse_change()', name);
            execute format('alter table log.event attach partition log.%I for values from (%L) to (%L)', name,
                week at time zone 'UTC', (week + interval '7 days') at time zone 'UTC');
        end if;
    end if;
    return name;
end $$;

-- What each role may do, a line a table; a table that is not there (yet) is passed over.
create or replace function registry.role_grants() returns table (role text, relation text, privileges text)
    language sql immutable as $$
    values
        -- Appends and cannot read what it appended: of an event only what tells a repeat. Reads the shops' keys, which
        -- it seals under, and no subject's.
        ('footfall_gateway', 'registry.lane', 'select'),
        ('footfall_gateway', 'registry.shop', 'select'),
        ('footfall_gateway', 'registry.daily_salt', 'select, insert, delete'),
        ('footfall_gateway', 'registry.salt_destroyed', 'select, insert, delete'),
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
        -- Notes when a key was last seen; making, widening and revoking keys is the operator's, by command.
        ('footfall_api', 'registry.api_key', 'select, update (last_used_at)'),
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
create or replace function registry.grant_roles() returns text[] language plpgsql as $$
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
    grant execute on function log.lock_partition(text), log.drop_partition(text) to footfall_retention;
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
            or c.oid = 'log.quarantine'::regclass)
            and c.oid not in ('privacy.receipt'::regclass, coalesce(to_regclass('privacy.erasure')::oid, 0))
    loop
        execute format('alter table %s owner to footfall_retention', item.relation);
    end loop;
    perform registry.grant_read_models();
    return missing;
end $$;

-- Weeks that were made before.
do $$
declare
    part regclass;
begin
    for part in select c.oid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'log.event'::regclass and c.relowner <> current_user::regrole
    loop
        execute format('alter table %s owner to current_user', part);
    end loop;
    if registry.holds_role('footfall_api') then revoke insert, update on registry.api_key from footfall_api; end if;
end $$;

select registry.grant_roles();

-- ANALYZE samples 300 rows for each step of the finest statistics of a table: with the usual 100 steps 30,000 wide rows, a
-- quarter of a second's work, after every tenth part that a partition grows by. Events are only ever found by index, by
-- position or by key; for that a tenth of the statistics says enough.
create function log.spare_statistics(part regclass) returns void language plpgsql
    set search_path = pg_catalog, pg_temp as $$
begin
    execute (
        select format('alter table %s ', part) || string_agg(format('alter column %I set statistics 10', attname), ', ')
        from pg_attribute where attrelid = part and attnum > 0 and not attisdropped);
end $$;

-- Of the partitions that there are; the table itself gives its partitions none.
select log.spare_statistics(inhrelid) from pg_inherits where inhparent = 'log.event'::regclass;

-- As in 008_roles.sql, and the statistics.
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
            if registry.holds_role('footfall_retention') then
                execute format('alter table log.%I owner to footfall_retention', name);
            end if;
        end if;
    end if;
    return name;
end $$;

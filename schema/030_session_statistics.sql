-- Of visits only those columns are analysed by which rows are found (see projections/sessions.sql).
do $$ declare
    others text;
begin
    select string_agg(format('alter %I set statistics 0', attname), ', ') into others from pg_attribute
    where attrelid = to_regclass('sessions.session') and attnum > 0 and not attisdropped
        and attname not in ('lane', 'shop_id', 'visitor', 'started_at', 'version', 'customer');
    if others is not null then execute 'alter table sessions.session ' || others; end if;
end $$;

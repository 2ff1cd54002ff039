-- What was forgotten, told also outside of this database: a restored backup knows nothing of what came after it. A row
-- is written in the transaction that destroys the keys, and copied to the journal's file before that commits.
create table privacy.erasure (
    number bigint generated always as identity primary key,
    request uuid not null,
    -- Counts the tombstones of one request.
    sequence integer not null,
    lane smallint not null,
    shop_id integer not null,
    -- person: these handles; shop: all that a tenant has.
    scope text not null check (scope in ('person', 'shop')),
    -- Keyed hashes: kind u8, hash 16 bytes each. Fenced and without keys; only without keys.
    handles bytea not null default '',
    unlinked bytea not null default '',
    at timestamptz not null default now()
);
create index erasure_request on privacy.erasure (request, sequence);

create function privacy.refuse_erasure_change() returns trigger language plpgsql as $$
begin
    raise exception 'the journal of erasures is append-only: % on %.% refused', tg_op, tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
create trigger erasure_stands before update or delete on privacy.erasure
    for each row execute function privacy.refuse_erasure_change();
create trigger erasure_stays before truncate on privacy.erasure
    for each statement execute function privacy.refuse_erasure_change();

-- One row where this database was restored from a backup. Until it is verified nothing may be served.
create table privacy.restoration (
    id smallint primary key default 1 check (id = 1),
    -- The backup's id and when it was made.
    backup uuid not null,
    made_at timestamptz not null,
    begun_at timestamptz not null default clock_timestamp(),
    -- restored, absent, expired, unopened: what became of the file of keys.
    keys text not null default 'absent' check (keys in ('restored', 'absent', 'expired', 'unopened')),
    -- Entries of the journal of erasures that were carried out again.
    erasures bigint not null default 0,
    verified_at timestamptz
);

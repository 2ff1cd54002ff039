-- The append-only truth. `log.event` and `log.batch` are never updated; retention drops whole partitions.
create schema log;

-- Names of events and topics, once each: an event's row holds the number. Rows are made before the first append that
-- needs them and never change, so that readers and writers may remember them. The chain of hashes covers the names.
create table log.kind (
    id integer generated always as identity primary key,
    name text not null unique
);

-- Columns in the order of their alignment: the 80 bytes before `payload` hold no padding, and neither does a row. The
-- one-byte columns are of type "char", whose numbers SQL reads by `source::integer`.
create table log.event (
    position bigint not null,
    received_at timestamptz not null,
    occurred_at timestamptz not null,
    -- Keyed hash of the bytes as sent: tells a repeat from a conflict.
    content bigint not null,
    -- Identity: the event's own time in 48 bits, then 80 bits of a keyed hash of (shop, source, name, id, timestamp).
    key uuid not null,
    visitor uuid not null,
    shop_id integer not null,
    -- Row of log.kind; no foreign key, whose check would cost more than the column saves.
    kind integer not null,
    lane smallint not null,
    country smallint not null,
    source "char" not null,
    visitor_kind "char" not null,
    flags "char" not null,
    dictionary "char" not null,
    payload bytea not null,
    sealed bytea not null
) partition by range (received_at);

-- Payloads are LZ4 already; Postgres must not try again.
alter table log.event alter column payload set storage external;
alter table log.event alter column sealed set storage external;

-- One row an append: cursor, exactly-once guard, accounting and order.
create table log.batch (
    lane smallint not null,
    first_position bigint not null,
    -- Events appended; positions are first_position ... first_position + event_count - 1.
    event_count integer not null check (event_count >= 0),
    -- What came in and what became of it: received = event + duplicate + quarantined + refused. A replay from the
    -- quarantine counts its events there as minus one.
    received_count integer not null,
    duplicate_count integer not null,
    quarantined_count integer not null,
    refused_count integer not null,
    -- The cursor: entries of the buffer up to and with this one are taken in. An append that did not come through the
    -- buffer carries the cursor of the row before on, so that the newest row always has it; null before the first.
    stream_incarnation uuid,
    stream_ms bigint,
    stream_seq bigint,
    -- Orders appends of a lane, also those that added no event.
    sequence bigint not null,
    received_from timestamptz,
    received_to timestamptz,
    appended_at timestamptz not null default clock_timestamp(),
    -- SHA-256 over the hash before it, this row and the records' bytes (see EventLog's ChainHash).
    hash bytea not null,
    -- Per shop: received, committed, duplicate, quarantined, refused; packed (see EventLog's ShopTally).
    accounting bytea not null,
    primary key (lane, sequence),
    check (received_count = event_count + duplicate_count + quarantined_count + refused_count)
);
create index batch_position on log.batch (lane, first_position);

-- Identities without a time of their own (webhooks, widget), and the keys of events whose clock was ahead of ours (they
-- may lie in an older partition than their own time says), over the whole retention.
create table log.alias (
    lane smallint not null,
    alias uuid not null,
    content bigint not null,
    position bigint not null,
    received_at timestamptz not null,
    primary key (lane, alias)
);

create table log.quarantine (
    id bigint generated always as identity primary key,
    lane smallint not null,
    shop_id integer not null,
    reason smallint not null,
    detail text not null default '',
    -- The record's bytes as they came, personal fields sealed.
    record bytea not null,
    aliases uuid[] not null default '{}',
    quarantined_at timestamptz not null default now(),
    replayed_at timestamptz
);
create index quarantine_open on log.quarantine (lane, shop_id, id) where replayed_at is null;

-- What retention has dropped: a lane's part of a week's partition. The rows of log.batch stay, so that positions, the
-- accounting and the chain of hashes go on; `footfall log verify` passes over these gaps and no others.
create table log.dropped (
    id bigint generated always as identity primary key,
    lane smallint not null,
    partition text not null,
    -- The events lay between these positions; others between them may lie in other weeks.
    first_position bigint not null,
    last_position bigint not null,
    event_count bigint not null check (event_count > 0),
    -- SHA-256 over hash and accounting of the appends that hold these positions: vouches for rows of log.batch whose own
    -- hashes can no longer be computed again.
    appends_hash bytea not null,
    dropped_at timestamptz not null default now()
);
create index dropped_lane on log.dropped (lane, first_position);

create function log.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the event log is append-only: % on %.% refused', tg_op, tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on log.event
    for each row execute function log.refuse_change();
create trigger append_only_kind before update or delete on log.kind
    for each row execute function log.refuse_change();
create trigger append_only_dropped before update or delete on log.dropped
    for each row execute function log.refuse_change();
create trigger append_only_batch before update or delete on log.batch
    for each row execute function log.refuse_change();
create trigger no_truncate before truncate on log.event
    for each statement execute function log.refuse_change();
create trigger no_truncate_kind before truncate on log.kind
    for each statement execute function log.refuse_change();
create trigger no_truncate_dropped before truncate on log.dropped
    for each statement execute function log.refuse_change();
create trigger no_truncate_batch before truncate on log.batch
    for each statement execute function log.refuse_change();

-- Makes the partition that holds `at`: one week, Monday to Monday UTC, with its own unique indexes (an index over the
-- whole table would have to contain received_at). Returns the partition's name; does nothing where it exists.
-- The table is made apart and then attached, which, unlike PARTITION OF, stops neither readers nor writers of the rest.
create function log.ensure_partition(at timestamptz) returns text language plpgsql as $$
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
        end if;
    end if;
    return name;
end $$;

select log.ensure_partition(now() + make_interval(weeks => ahead)) from generate_series(-1, 4) ahead;

-- Requests of data subjects and what became of them.
create schema privacy;

-- redacted: everything is forgotten; the shop's key is random bytes and its domain is free for another row.
alter table registry.shop drop constraint shop_status_check;
alter table registry.shop add constraint shop_status_check check (status in ('active', 'uninstalled', 'redacted'));

create table privacy.request (
    id uuid primary key,
    lane smallint not null,
    shop_id integer not null references registry.shop,
    -- access: hand out; erasure: forget a person; shop_erasure: forget a tenant
    kind text not null check (kind in ('access', 'erasure', 'shop_erasure')),
    -- The shop as it was called when it was asked; a redacted one has lost its domain.
    shop_domain text not null default '',
    origin text not null check (origin in ('webhook', 'api', 'cli')),
    -- Who asked by API or CLI: key:<id>, session:<staff member>, cli; nothing personal. Null: Shopify did.
    asked_by text,
    -- Shopify's number of a data request; a label that the asker gives.
    reference text,
    -- received, working, done, refused, failed
    state text not null default 'received' check (state in ('received', 'working', 'done', 'refused', 'failed')),
    -- Why it was refused or failed; never personal.
    message text,
    -- The last step of the protocol that is done.
    step text,
    -- The event that asked; null where a person did by API or CLI.
    position bigint,
    -- Whose data, as keyed hashes: kind u8, hash 16 bytes each. As asked for, and as found.
    asked_handles bytea not null default '',
    found_handles bytea not null default '',
    -- listed: of orders only those among the asked handles; all: every order of the person.
    orders text not null default 'all' check (orders in ('listed', 'all')),
    -- What the step that is under way waits for: a position of the lane, or a place in its buffer.
    awaited text,
    -- What each step came to, by its name; merged in the transaction of its effect, so that a step that is begun again
    -- after a crash does not count anew.
    results jsonb not null default '{}',
    -- What the search afterwards looks for, sealed under a key of the request's own (wrapped by the shop's key); both go
    -- when the request ends.
    wrapped_key bytea,
    sealed_probes bytea,
    asked_at timestamptz not null default now(),
    -- The law's day: 30 days after asking.
    due_at timestamptz not null,
    finished_at timestamptz
);
create index request_of_shop on privacy.request (shop_id, asked_at desc, id);
create index request_open on privacy.request (due_at) where state in ('received', 'working', 'failed');

-- One tombstone of an erasure. Handles that turn up while it is under way make another one. It is written before the
-- tombstone, whose bytes follow from it, so that recording it again is the same event.
create table privacy.round (
    request uuid not null references privacy.request,
    sequence integer not null,
    -- Fenced, and without keys; only without keys. Kind u8, hash 16 bytes each.
    handles bytea not null default '',
    unlinked bytea not null default '',
    -- The person's events; emptied when the request ends, so that nothing links them any more.
    positions bigint[] not null default '{}',
    event_count bigint not null default 0,
    first_position bigint,
    last_position bigint,
    -- The tombstone's own time, and its place in the lane once it is there.
    occurred_at timestamptz not null,
    tombstone bigint,
    -- Of the fence; null until the keys are destroyed, and then which they were: ids say nothing of anybody.
    generation bigint,
    key_ids uuid[] not null default '{}',
    primary key (request, sequence)
);

-- Handles for which nothing personal is kept any more. Written in the transaction that destroys their keys, under the
-- lane's lock, so that every append before it is found and every append after it obeys. Kind 0 with a handle of zeros:
-- the whole shop, whose own key is destroyed.
create table privacy.fence (
    lane smallint not null,
    shop_id integer not null,
    kind smallint not null,
    handle uuid not null,
    request uuid not null,
    -- Processes follow the fences by this number.
    generation bigint not null,
    since timestamptz not null default now(),
    primary key (lane, shop_id, handle)
);
create sequence privacy.fence_generation;
create index fence_by_generation on privacy.fence (generation);

-- Processes that hold keys or opened data in memory, and up to which fence they have let go of them.
create table privacy.process (
    id uuid primary key,
    label text not null,
    generation bigint not null,
    seen_at timestamptz not null default now()
);

-- What the read models changed or removed for each tombstone; written with their checkpoints.
create table privacy.redaction (
    lane smallint not null,
    position bigint not null,
    projection text not null,
    rows bigint not null,
    redacted_at timestamptz not null default now(),
    primary key (lane, position, projection)
);

-- What an erasure leaves behind: a signed statement, verifiable without this database.
create table privacy.receipt (
    request uuid primary key references privacy.request,
    -- The JSON that is signed, byte for byte.
    body text not null,
    signature bytea not null,
    public_key bytea not null,
    created_at timestamptz not null default now()
);

-- The key that signs receipts, sealed under APP_SECRET_KEY.
create table privacy.signing_key (
    id smallint primary key default 1 check (id = 1),
    public_key bytea not null,
    wrapped_key bytea not null,
    sealed_private bytea not null,
    created_at timestamptz not null default now()
);

-- What was gathered for a person, sealed under a key of its own until it is fetched or expires; then the keys go.
create table privacy.export (
    request uuid primary key references privacy.request,
    wrapped_key bytea,
    sealed bytea,
    -- SHA-256 of the link's token.
    token_hash bytea,
    events bigint not null,
    expires_at timestamptz not null,
    opened_count integer not null default 0,
    destroyed_at timestamptz
);
-- Ciphertext does not compress.
alter table privacy.export alter column sealed set storage external;

-- Who opened which personal data, by log position: an index into the events `personal.opened`, which are the truth.
create table privacy.opening (
    id uuid primary key,
    lane smallint not null,
    shop_id integer not null,
    opened_at timestamptz not null,
    -- key:<id>, session:<staff member>, link, or a command; nothing personal.
    reader text not null,
    route text not null,
    positions bigint[] not null
);
create index opening_positions on privacy.opening using gin (positions);
create index opening_recent on privacy.opening (shop_id, opened_at desc);

-- Backups that may still hold keys of erased persons, and until when.
create table privacy.backup (
    id uuid primary key,
    made_at timestamptz not null,
    -- When the file of the keys is to be destroyed; a restore after that has no personal data.
    keys_expire_at timestamptz not null,
    label text not null default ''
);

create function privacy.notify_fence() returns trigger language plpgsql as $$
begin
    perform pg_notify('footfall_fence', '');
    return null;
end $$;
create trigger fence_changed after insert on privacy.fence
    for each statement execute function privacy.notify_fence();

create function privacy.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'receipts are never changed: % on %.% refused', tg_op, tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;
create trigger receipt_stands before update or delete on privacy.receipt
    for each row execute function privacy.refuse_change();
create trigger receipt_stays before truncate on privacy.receipt
    for each statement execute function privacy.refuse_change();

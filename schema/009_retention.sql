-- How long what is kept, where operators say otherwise than the pipelines' files, and what retention has done.
create table privacy.retention_rule (
    -- Null: every shop that has no rule of its own for the class.
    shop_id integer references registry.shop on delete cascade,
    -- all, pixel, widget, webhook, system; of one event `pixel:page_viewed`; leads, checkouts, quarantine.
    class text not null,
    -- Weeks of the log go as a whole; see RetentionRules for the least of each class.
    keep_days integer not null check (keep_days between 1 and 36525),
    set_at timestamptz not null default now(),
    unique nulls not distinct (shop_id, class)
);

-- Until when a week of the log stays for certain under these rules. Weeks only gain events, which make it later, so that
-- a week is not read again every day; a copy of what the log says, safe to delete.
create table privacy.retention_outlook (
    partition text primary key,
    -- Fingerprint of the rules.
    rules bytea not null,
    due_at timestamptz not null,
    -- Whose events are kept longest.
    shop_id integer not null,
    class text not null
);

create table privacy.retention_run (
    id uuid primary key,
    begun_at timestamptz not null default clock_timestamp(),
    -- Null where the process ended before; what it had done stands in its results.
    finished_at timestamptz
);

-- What a run took from a shop; written in the transaction that takes it, so that it is told in the log also after a crash.
create table privacy.retention_result (
    run uuid not null references privacy.retention_run,
    shop_id integer not null,
    -- Weeks of the log that held events of the shop.
    partitions text[] not null default '{}',
    events bigint not null default 0,
    keys bigint not null default 0,
    quarantined bigint not null default 0,
    leads bigint not null default 0,
    checkouts bigint not null default 0,
    -- When the event `retention.applied` was durable.
    recorded_at timestamptz,
    primary key (run, shop_id)
);
create index retention_result_open on privacy.retention_result (run) where recorded_at is null;

-- Up to which last activity unfinished checkouts of a shop have been looked at.
create table privacy.retention_progress (
    lane smallint not null,
    shop_id integer not null,
    through timestamptz not null,
    primary key (lane, shop_id)
);

-- Keys are made in the order of time, so that the old ones are found without looking at the others.
create index subject_key_age on registry.subject_key using brin (created_at);

-- What Footfall does by itself in answer to events, a task each. A rebuild of read models never touches these tables, so
-- it never repeats an effect.
create schema reactor;

-- Up to where the log was read for tasks; written in the transaction that inserts them.
create table reactor.checkpoint (
    lane smallint primary key,
    position bigint not null
);
-- A log that is there already has had no reactors; what happened in it long ago is not acted on now.
insert into reactor.checkpoint (lane, position)
    select lane, max(first_position + event_count - 1) from log.batch where event_count > 0 group by lane;

create table reactor.task (
    id bigint generated always as identity primary key,
    lane smallint not null,
    shop_id integer not null,
    reactor text not null,
    -- The same occasion gives the same key, however often it is seen.
    idempotency_key text not null unique,
    payload jsonb not null default '{}',
    state text not null default 'ready' check (state in ('ready', 'running', 'done', 'dead', 'dropped')),
    -- Claims since the last success; polling does not count.
    attempts integer not null default 0,
    -- Grows with each claim: who has lost a task to another runner cannot write it any more.
    claim bigint not null default 0,
    run_at timestamptz not null default now(),
    leased_until timestamptz,
    -- What the effect came to, kept until its events are recorded: a runner that takes the task over then records them
    -- and does not act again.
    settlement jsonb,
    last_error text,
    created_at timestamptz not null default now(),
    finished_at timestamptz
);
create index task_due on reactor.task (run_at) where state in ('ready', 'running');
create index task_of_shop on reactor.task (shop_id, state);
create index task_finished on reactor.task (finished_at) where finished_at is not null;

-- Shops for which nothing is begun until then, because Shopify said so.
create table reactor.throttle (
    shop_id integer primary key,
    until timestamptz not null
);

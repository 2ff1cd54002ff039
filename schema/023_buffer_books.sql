-- What the buffer was given and what the log has taken from it, so that a buffer that loses what it had confirmed is found
-- out. Counts only; the events' own tables stay append-only. A writer is one run of appends of one process (see
-- EventModel's WriterStamp); rows stay, a few for each start of a process.

-- Written by whoever appends to the buffer, every second.
create table log.answered (
    lane smallint not null,
    writer uuid not null,
    -- Events and refusals that the buffer had confirmed.
    events bigint not null check (events >= 0),
    noted_at timestamptz not null default now(),
    primary key (lane, writer)
) with (fillfactor = 50);

-- Written in the transaction that takes entries in.
create table log.taken (
    lane smallint not null,
    writer uuid not null,
    -- How far the writer's count is taken in.
    events bigint not null check (events >= 0),
    -- Events of it that were confirmed and that later entries found missing.
    lost bigint not null default 0 check (lost >= 0),
    primary key (lane, writer)
) with (fillfactor = 50);

-- The grants so far, and those of these tables.
alter function registry.role_grants() rename to role_grants_before_books;
create function registry.role_grants() returns table (role text, relation text, privileges text)
    language sql immutable as $$
    select * from registry.role_grants_before_books() union all values
        ('footfall_gateway', 'log.answered', 'select, insert, update'),
        ('footfall_gateway', 'log.taken', 'select, insert, update'),
        ('footfall_drain', 'log.taken', 'select, insert, update'),
        ('footfall_api', 'log.answered', 'select'),
        ('footfall_api', 'log.taken', 'select')
$$;
select registry.grant_roles();

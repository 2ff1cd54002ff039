-- Which read models there are; each lives in a schema of its own name, made from schema/projections/.
create schema projection;

create table projection.switch (
    id bigint generated always as identity primary key,
    name text not null,
    -- created, switched, rolled_back
    action text not null,
    at timestamptz not null default now(),
    detail jsonb not null default '{}'
);

-- Events that a fold could not take; they and the later events of their visitor wait here.
create table projection.waiting (
    projection text not null,
    lane smallint not null,
    position bigint not null,
    shop_id integer not null,
    visitor uuid not null,
    reason text not null,
    since timestamptz not null default now(),
    primary key (projection, lane, position)
);

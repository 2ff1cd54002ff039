-- Who is named where in the log: a row for each keyed hash in the readable head of each sealed event. By it a person's
-- events are found without looking at those of others.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table mention (
    lane smallint not null,
    shop_id integer not null,
    handle uuid not null,
    kind smallint not null,
    position bigint not null,
    -- An erasure named the handle and left it here, because the event is of an order that stays.
    is_left boolean not null default false,
    primary key (lane, shop_id, handle, position)
);
-- Of which order an event is: an erasure leaves the mentions at events of orders that are kept. 4 is the kind of orders.
create index mention_order on mention (lane, shop_id, position) where kind = 4;

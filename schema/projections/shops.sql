-- One row a shop: what it has sent so far.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table shop (
    lane smallint not null,
    shop_id integer not null,
    first_event_at timestamptz not null,
    last_event_at timestamptz not null,
    last_received_at timestamptz not null,
    -- Log position of the projection transaction that last took in an event of the shop or forgot one of its people: what
    -- Footfall notes itself leaves it, and the tags of the shop's answers, where it is.
    version bigint not null,
    events bigint not null,
    pixel_events bigint not null,
    widget_events bigint not null,
    webhook_events bigint not null,
    primary key (lane, shop_id)
);

create table shop_event (
    lane smallint not null,
    shop_id integer not null,
    source smallint not null,
    kind text not null,
    events bigint not null,
    last_received_at timestamptz not null,
    primary key (lane, shop_id, source, kind)
);
-- Rows are found by their shop; each batch changes some.
alter table shop_event alter source set statistics 0, alter kind set statistics 0, alter events set statistics 0,
    alter last_received_at set statistics 0;

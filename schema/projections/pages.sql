-- Event counts by a dimension of the event itself, per 15 minutes of the event's own time.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table event_bucket (
    lane smallint not null,
    shop_id integer not null,
    bucket timestamptz not null,
    -- page, name, product, variant, collection, search_term
    dimension text not null,
    -- Of product and variant a set, with U+001F between its members. An event without a value is in no row of the dimension.
    value text not null,
    bot boolean not null,
    events bigint not null,
    pageviews bigint not null,
    product_views bigint not null,
    add_to_carts bigint not null,
    checkouts bigint not null,
    purchases bigint not null,
    primary key (lane, shop_id, dimension, bucket, value, bot)
);

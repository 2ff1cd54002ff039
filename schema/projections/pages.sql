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

-- Counts that are not added to `event_bucket` yet: a batch brings few of a shop for each value, and a row for all of them
-- costs a small part of as many rows there. They are added when a shop has so many that reading them would take long.
create table event_delta (
    lane smallint not null,
    shop_id integer not null,
    bucket timestamptz not null,
    bot boolean not null,
    -- Number of values.
    entries integer not null,
    dimension text[] not null,
    value text[] not null,
    events integer[] not null,
    -- Null where all are zero.
    pageviews integer[],
    product_views integer[],
    add_to_carts integer[],
    checkouts integer[],
    purchases integer[]
);
create index event_delta_shop on event_delta (lane, shop_id);
-- Rows are found by their shop, and come and go all the time. Statistics of arrays are dear, and nobody plans by them.
alter table event_delta alter bucket set statistics 0, alter bot set statistics 0, alter entries set statistics 0,
    alter dimension set statistics 0, alter value set statistics 0, alter events set statistics 0,
    alter pageviews set statistics 0, alter product_views set statistics 0, alter add_to_carts set statistics 0,
    alter checkouts set statistics 0, alter purchases set statistics 0;

-- All counts; several rows may have the same key.
create view event_count as
    select lane, shop_id, bucket, dimension, value, bot, events, pageviews, product_views, add_to_carts, checkouts,
        purchases
    from event_bucket
    union all
    select d.lane, d.shop_id, d.bucket, e.dimension, e.value, d.bot, e.events::bigint,
        coalesce(e.pageviews, 0)::bigint, coalesce(e.product_views, 0)::bigint, coalesce(e.add_to_carts, 0)::bigint,
        coalesce(e.checkouts, 0)::bigint, coalesce(e.purchases, 0)::bigint
    from event_delta d
    cross join lateral unnest(d.dimension, d.value, d.events, d.pageviews, d.product_views, d.add_to_carts,
        d.checkouts, d.purchases)
        as e (dimension, value, events, pageviews, product_views, add_to_carts, checkouts, purchases);

-- All counts, one row a key: for comparisons.
create view event_total as
    select lane, shop_id, bucket, dimension, value, bot, sum(events)::bigint as events,
        sum(pageviews)::bigint as pageviews, sum(product_views)::bigint as product_views,
        sum(add_to_carts)::bigint as add_to_carts, sum(checkouts)::bigint as checkouts,
        sum(purchases)::bigint as purchases
    from event_count group by lane, shop_id, bucket, dimension, value, bot;

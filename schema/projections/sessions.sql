-- Visits. Run with search_path set to the projection's own schema.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table session (
    lane smallint not null,
    shop_id integer not null,
    visitor uuid not null,
    -- First and last event, event time.
    started_at timestamptz not null,
    ended_at timestamptz not null,
    -- Log position of the projection transaction that last changed the row.
    version bigint not null,
    visitor_kind smallint not null,
    -- Keyed hash of the customer whom the visit names, with consent; one of them, where it names several.
    customer uuid,
    -- Bits: 1 bot, 2 bounced, 4 engaged, 8 converted, 16 has lead, 32 returning, 64 customer, 128 interactive.
    flags integer not null,
    pageviews integer not null,
    events integer not null,
    product_views integer not null,
    add_to_carts integer not null,
    checkouts integer not null,
    purchases integer not null,
    leads integer not null,
    entry_page text not null,
    exit_page text not null,
    source text not null,
    medium text not null,
    channel text not null,
    referrer text not null,
    utm_source text not null,
    utm_medium text not null,
    utm_campaign text not null,
    utm_content text not null,
    utm_term text not null,
    device text not null,
    browser text not null,
    os text not null,
    country text not null,
    cart_token text not null default '',
    checkout_token text not null default '',
    -- Minor units of the currency; null where the visit had no cart or checkout.
    cart_value bigint,
    checkout_value bigint,
    currency text not null default '',
    -- Counts by 15-minute bucket of the events' own time (see ReadModels' Activity).
    activity bytea not null,
    -- What the fold needs to go on: order keys of the entry and exit events, touches.
    state bytea not null,
    -- Log positions of the visit's events (see ReadModels' PositionSet): to cut runs of over 24 hours anew, to show and to
    -- erase. Depends on the order of arrival, so it takes no part in comparisons, and neither does `version`.
    positions bytea not null,
    primary key (lane, shop_id, visitor, started_at)
);
create index session_version on session (lane, shop_id, version);
create index session_customer on session (lane, shop_id, customer) where customer is not null;
create index session_started on session (lane, shop_id, started_at);
-- Rows are found by these columns. By the others nobody plans, and their statistics would cost ten times as much as these.
do $$ declare
    others text;
begin
    select string_agg(format('alter %I set statistics 0', attname), ', ') into others from pg_attribute
    where attrelid = 'session'::regclass and attnum > 0
        and attname not in ('lane', 'shop_id', 'visitor', 'started_at', 'version', 'customer');
    execute 'alter table session ' || others;
end $$;

-- Rows that a merge took away, so that readers which follow `version` hear of it. Old ones are trimmed.
create table session_removed (
    lane smallint not null,
    shop_id integer not null,
    version bigint not null,
    visitor uuid not null,
    started_at timestamptz not null
);
create index session_removed_version on session_removed (lane, shop_id, version);

-- Removals up to and with this version are forgotten: a reader that has seen less must read all anew. Of one shop, where
-- an erasure has changed its rows' keys; of all, with shop 0.
create table session_trimmed (
    lane smallint not null,
    shop_id integer not null default 0,
    version bigint not null,
    primary key (lane, shop_id)
);

-- Where a visit's events are in the log; for the visit's page and for erasure.
create view session_events as
    select lane, shop_id, visitor, started_at, positions from session;

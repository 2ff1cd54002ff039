-- People who left an e-mail or a phone. Personal values stay sealed in the log; rows point at the event that has them.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table lead (
    lane smallint not null,
    shop_id integer not null,
    -- Keyed hash of the e-mail, else of the phone.
    handle uuid not null,
    handle_kind smallint not null,
    version bigint not null,
    id uuid not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    submissions integer not null,
    -- new, contacted, converted, erased
    status text not null,
    -- The visit of the first submission: (visitor, a time inside it).
    visitor uuid not null,
    source text not null,
    -- Latest stated; null where never stated.
    marketing_consent boolean,
    converted_at timestamptz,
    orders integer not null default 0,
    -- Log position of the submission that holds the newest contact data.
    contact_position bigint not null,
    state bytea not null,
    primary key (lane, shop_id, handle)
);
create index lead_recent on lead (lane, shop_id, first_seen_at desc, id);
-- By which an erasure unlinks a browser.
create index lead_visitor on lead (lane, shop_id, visitor);

-- All handles of a lead: an order by any of them converts it.
create table lead_handle (
    lane smallint not null,
    shop_id integer not null,
    handle uuid not null,
    lead uuid not null,
    primary key (lane, shop_id, handle, lead)
);

-- Orders by the handles that their webhooks name; a submission may come later in the log than the order after it.
create table purchase (
    lane smallint not null,
    shop_id integer not null,
    handle uuid not null,
    order_id text not null,
    topic text not null,
    at timestamptz not null,
    primary key (lane, shop_id, handle, order_id, topic, at)
);

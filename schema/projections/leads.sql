-- People who left an e-mail or a phone. Personal values stay sealed in the log; rows point at the events that have them.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

-- One lead per handle and shop: submissions that share an e-mail or a phone are one person's.
create table lead (
    lane smallint not null,
    shop_id integer not null,
    -- Keyed hash of the e-mail, else of the phone, of the first submission.
    handle uuid not null,
    handle_kind smallint not null,
    version bigint not null,
    id uuid not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    submissions integer not null,
    -- new, contacted, erased; whether orders have converted it is asked of `orders` (see ReadModels' LeadOrders)
    status text not null,
    -- The visit of the first submission: (visitor, a time inside it).
    visitor uuid not null,
    source text not null,
    -- Latest stated; null where never stated.
    marketing_consent boolean,
    -- Log positions of the newest submissions that state each; 0 for none.
    name_position bigint not null,
    email_position bigint not null,
    phone_position bigint not null,
    answers_position bigint not null,
    state bytea not null,
    primary key (lane, shop_id, handle)
);
create index lead_recent on lead (lane, shop_id, first_seen_at desc, id);
-- By which readers follow changes.
create index lead_version on lead (lane, shop_id, version);
-- By which an erasure unlinks a browser.
create index lead_visitor on lead (lane, shop_id, visitor);

-- All handles of a lead: an order by any of them converts it.
create table lead_handle (
    lane smallint not null,
    shop_id integer not null,
    handle uuid not null,
    lead uuid not null,
    primary key (lane, shop_id, handle)
);
create index lead_handle_lead on lead_handle (lane, shop_id, lead);

-- Whose orders are whose: by each handle that a payload of the order named.
create table purchase (
    lane smallint not null,
    shop_id integer not null,
    handle uuid not null,
    order_id bigint not null,
    primary key (lane, shop_id, handle, order_id)
);

-- First submissions whose leads an erasure has unlinked from the visit: they are still counted there.
create table unlinked (
    lane smallint not null,
    shop_id integer not null,
    visitor uuid not null,
    at timestamptz not null,
    leads integer not null,
    primary key (lane, shop_id, visitor, at)
);

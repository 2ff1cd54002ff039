-- Customers by the keyed hash of their id. Who they are stays sealed in the log; rows point at the event that has it.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table customer (
    lane smallint not null,
    shop_id integer not null,
    -- Keyed hash of the customer's id.
    handle uuid not null,
    version bigint not null,
    -- Which payload the row is from (see PayloadVersion); null where only a deletion, a merge, a consent or an order is
    -- known.
    newest_at timestamptz,
    newest_rank bigint,
    newest_members bigint,
    newest_content uuid,
    -- Log position of that payload, which holds the personal data; 0 for none.
    position bigint not null default 0,
    is_deleted boolean not null default false,
    -- The customer that this one became part of.
    merged_into uuid,
    verified_email boolean,
    tax_exempt boolean,
    created_at timestamptz,
    updated_at timestamptz,
    -- disabled, invited, enabled, declined
    state text,
    -- subscribed, not_subscribed, pending, unsubscribed, redacted, invalid; and when that was stated
    marketing_state text,
    marketing_at timestamptz,
    currency text,
    -- Keyed hashes.
    email uuid,
    phone uuid,
    -- Those stated last, with the changes since.
    tags text[] not null default '{}',
    -- The person was erased: the handle is a pseudonym, and nothing tells whose it was.
    is_erased boolean not null default false,
    -- Orders that are no tests and were not deleted, those of merged customers included.
    orders bigint not null default 0,
    -- Minor units of `spent_currency`: what these orders are worth now, without those cancelled or never paid.
    spent bigint not null default 0,
    spent_currency text,
    spent_exponent smallint not null default 2,
    first_order_at timestamptz,
    last_order_at timestamptz,
    primary key (lane, shop_id, handle)
);
create index customer_recent on customer (lane, shop_id, coalesce(created_at, 'epoch') desc, handle desc);
create index customer_created on customer (lane, shop_id, created_at);
create index customer_updated on customer (lane, shop_id, updated_at);
create index customer_merged on customer (lane, shop_id, merged_into) where merged_into is not null;
-- By which an erasure finds a person's e-mail and phone at others.
create index customer_email on customer (lane, shop_id, email) where email is not null;
create index customer_phone on customer (lane, shop_id, phone) where phone is not null;

-- All tags of a customer, from the newest payload that states them: few do.
create table stated_tags (
    lane smallint not null,
    shop_id integer not null,
    handle uuid not null,
    newest_at timestamptz not null,
    newest_rank bigint not null,
    newest_members bigint not null,
    newest_content uuid not null,
    tags text[] not null,
    primary key (lane, shop_id, handle)
);

-- The newest addition or removal of each tag; it counts where nothing newer stated all tags.
create table tag_change (
    lane smallint not null,
    shop_id integer not null,
    handle uuid not null,
    tag text not null,
    at timestamptz not null,
    is_added boolean not null,
    primary key (lane, shop_id, handle, tag)
);

-- Whose order it is and what it is worth, from the newest payload of each order.
create table purchase (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    newest_at timestamptz,
    newest_rank bigint,
    newest_members bigint,
    newest_content uuid,
    is_deleted boolean not null default false,
    is_test boolean not null default false,
    at timestamptz,
    customer uuid,
    -- Minor units, as that payload has it; 0 where the order was cancelled or never paid.
    worth bigint not null default 0,
    -- The same without the refunds that the payload does not know of.
    amount bigint not null default 0,
    currency text not null default '',
    exponent smallint not null default 2,
    -- The customer was erased: the pseudonym stands whatever comes later.
    is_erased boolean not null default false,
    -- Those that the payload knows of; null where it lists none, and its time has to tell.
    refunds bigint[],
    primary key (lane, shop_id, order_id)
);
-- By which a customer's first and last order are found.
create index purchase_customer on purchase (lane, shop_id, customer, at, order_id) where customer is not null;

-- What each refund gave back, from its newest delivery: of orders whose payloads come later, or never.
create table purchase_refund (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    refund_id bigint not null,
    newest_at timestamptz not null,
    newest_rank bigint not null,
    newest_members bigint not null,
    newest_content uuid not null,
    at timestamptz not null,
    -- Millionths of the currency; it is empty where the delivery does not name it.
    amount bigint not null,
    currency text not null,
    primary key (lane, shop_id, order_id, refund_id)
);

-- What a customer's orders, those that count, are worth: a customer with very many of them costs no more than others.
create table purchase_sum (
    lane smallint not null,
    shop_id integer not null,
    customer uuid not null,
    currency text not null,
    orders bigint not null,
    amount bigint not null,
    primary key (lane, shop_id, customer, currency)
);

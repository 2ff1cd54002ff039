-- Orders, and what they brought. Amounts are minor units of shop money. Personal values stay sealed in the log; keyed
-- hashes tell whose order it is, and `position` where the values are.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

-- All that is known of an order, packed (see ReadModels' OrderState); also of those whose payload has not come yet.
create table order_state (
    lane smallint not null,
    shop_id integer not null,
    id bigint not null,
    state bytea not null,
    primary key (lane, shop_id, id)
);

create table shop_order (
    lane smallint not null,
    shop_id integer not null,
    id bigint not null,
    -- Log position of the projection transaction that last changed the row.
    version bigint not null,
    name text not null,
    number bigint,
    created_at timestamptz,
    -- The order's own day: processed_at, else created_at.
    ordered_at timestamptz not null,
    processed_at timestamptz,
    updated_at timestamptz,
    cancelled_at timestamptz,
    closed_at timestamptz,
    cancel_reason text,
    is_test boolean not null,
    is_deleted boolean not null,
    financial_status text,
    fulfillment_status text,
    currency text not null,
    presentment_currency text not null,
    exponent smallint not null,
    taxes_included boolean not null,
    -- As ordered and edited.
    gross bigint not null,
    discounts bigint not null,
    shipping bigint not null,
    tax bigint not null,
    duties bigint not null,
    total bigint not null,
    refunded bigint not null,
    units bigint not null,
    source_name text not null,
    tags text[] not null,
    discount_codes text[] not null,
    gateways text[] not null,
    cart_token text not null,
    checkout_token text not null,
    -- Keyed hashes of the customer's id, the e-mail, the phone, and the pixel's client id that the order carries.
    customer uuid,
    email uuid,
    phone uuid,
    client uuid,
    -- Log position of the payload that the row shows.
    position bigint not null,
    -- Keyed hash of the order's id.
    handle uuid,
    -- What the order is worth now, as the payload says; null where it does not.
    current_total bigint,
    -- `total` in minor units of presentment_currency, as the shopper saw it.
    presentment_total bigint,
    primary key (lane, shop_id, id)
);
create index shop_order_created on shop_order (lane, shop_id, created_at, id);
create index shop_order_updated on shop_order (lane, shop_id, updated_at, id);
-- As a search for a name compares it.
create index shop_order_name on shop_order (lane, shop_id, lower(ltrim(name, '#')));
create index shop_order_customer on shop_order (lane, shop_id, customer, ordered_at, id) where customer is not null;
-- By which an erasure finds a person's orders.
create index shop_order_email on shop_order (lane, shop_id, email) where email is not null;
create index shop_order_phone on shop_order (lane, shop_id, phone) where phone is not null;
create index shop_order_client on shop_order (lane, shop_id, client) where client is not null;
create index shop_order_handle on shop_order (lane, shop_id, handle) where handle is not null;

create table order_line (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    id bigint not null,
    product_id bigint,
    variant_id bigint,
    title text not null,
    variant_title text not null,
    sku text not null,
    vendor text not null,
    quantity bigint not null,
    -- Without what was refunded and removed.
    current_quantity bigint not null,
    price bigint not null,
    discount bigint not null,
    tax bigint not null,
    position_no integer not null,
    primary key (lane, shop_id, order_id, id)
);

create table refund (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    id bigint not null,
    created_at timestamptz,
    processed_at timestamptz,
    note_present boolean not null,
    -- In all, with tax and shipping.
    amount bigint not null,
    -- The same in the order's presentment_currency; null where the payload does not say.
    presentment_amount bigint,
    primary key (lane, shop_id, order_id, id)
);

create table refund_line (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    refund_id bigint not null,
    id bigint not null,
    line_id bigint not null,
    quantity bigint not null,
    subtotal bigint not null,
    tax bigint not null,
    primary key (lane, shop_id, order_id, refund_id, id)
);

-- Minor units of the transaction's own currency.
create table transaction (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    id bigint not null,
    parent_id bigint,
    kind text not null,
    status text not null,
    gateway text not null,
    amount bigint not null,
    currency text not null,
    exponent smallint not null,
    created_at timestamptz,
    processed_at timestamptz,
    is_test boolean not null,
    error_code text,
    -- The same amount as the shopper saw it; null where the payload does not say.
    presentment_amount bigint,
    presentment_currency text,
    primary key (lane, shop_id, order_id, id)
);
create index transaction_id on transaction (lane, shop_id, id);

-- What each fact added to the sales of its day; net = gross - discounts - returns, total = net + taxes + shipping +
-- duties. Test and deleted orders have no entries.
create table ledger (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    -- Made of Shopify's ids: the same fact is the same entry.
    entry text not null,
    -- order (no amounts, one an order), line, discount, tax, shipping, duty, edit, refund_line, refund_adjustment,
    -- cancellation
    kind text not null,
    -- When it happened, and when it counts with basis=order: a return then counts on the order's day.
    at timestamptz not null,
    at_order timestamptz not null,
    line_id bigint,
    product_id bigint,
    variant_id bigint,
    quantity bigint not null,
    gross bigint not null,
    discounts bigint not null,
    returns bigint not null,
    taxes bigint not null,
    shipping bigint not null,
    duties bigint not null,
    currency text not null,
    primary key (lane, shop_id, order_id, entry)
);
create index ledger_at on ledger (lane, shop_id, at);
create index ledger_at_order on ledger (lane, shop_id, at_order);

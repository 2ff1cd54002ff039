-- Carts and checkouts by cart token; a checkout joins its cart by it, and one without a cart stands for itself.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table cart (
    lane smallint not null,
    shop_id integer not null,
    -- Of the cart, else of the checkout.
    token text not null,
    -- Its place among carts of one moment, in lists.
    id uuid not null generated always as (md5(token)::uuid) stored,
    version bigint not null,
    created_at timestamptz not null,
    last_activity_at timestamptz not null,
    -- When it counts as abandoned if nothing else happens: a day after the last activity.
    due_at timestamptz not null,
    -- The last time it was abandoned before the order came; null where it never was, or where there is no order.
    lapsed_at timestamptz,
    -- Of the first order of its tokens, else of the checkout that says it was completed.
    completed_at timestamptz,
    order_id bigint,
    -- Of the newest checkout.
    checkout_token text,
    -- Of the checkout, else of the cart, in shop money: minor units with this exponent.
    value bigint,
    exponent smallint not null default 2,
    -- Null where no payload names it: the shop's.
    currency text,
    lines integer not null,
    -- Log position of the payload that gives the value.
    source_position bigint not null,
    primary key (lane, shop_id, token)
);
create index cart_recent on cart (lane, shop_id, created_at desc, id desc);

-- The newest payload of each cart and each checkout.
create table source (
    lane smallint not null,
    shop_id integer not null,
    token text not null,
    is_checkout boolean not null,
    newest_at timestamptz not null,
    newest_rank bigint not null,
    newest_members bigint not null,
    newest_content uuid not null,
    source_position bigint not null,
    -- The cart it belongs to; its own token where it names none.
    cart_token text not null,
    completed_at timestamptz,
    value bigint,
    exponent smallint not null,
    currency text,
    lines integer not null,
    primary key (lane, shop_id, token, is_checkout)
);
create index source_cart on source (lane, shop_id, cart_token);

-- When something happened to a cart or a checkout: a day from each moment, joined where they touch. Where one ends
-- without an order, the cart was abandoned.
create table activity (
    lane smallint not null,
    shop_id integer not null,
    token text not null,
    is_checkout boolean not null,
    spells tstzmultirange not null,
    primary key (lane, shop_id, token, is_checkout)
);

-- Orders by the tokens that they name, the newest payload of each.
create table purchase (
    lane smallint not null,
    shop_id integer not null,
    order_id bigint not null,
    newest_at timestamptz not null,
    newest_rank bigint not null,
    newest_members bigint not null,
    newest_content uuid not null,
    at timestamptz not null,
    cart_token text,
    checkout_token text,
    primary key (lane, shop_id, order_id)
);
create index purchase_cart on purchase (lane, shop_id, cart_token) where cart_token is not null;
create index purchase_checkout on purchase (lane, shop_id, checkout_token) where checkout_token is not null;

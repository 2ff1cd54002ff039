-- What reactors keep of their work at Shopify, for people and for the next run.

-- The subscriptions of each shop as the last check left them.
create table shopify.webhook_subscription (
    shop_id integer not null references registry.shop,
    topic text not null,
    -- Null where there is none; then `message` says why.
    subscription_id text,
    uri text not null,
    message text,
    checked_at timestamptz not null,
    primary key (shop_id, topic)
);

-- The web pixel of each shop; one an app and a shop.
create table shopify.pixel (
    shop_id integer primary key references registry.shop,
    pixel_id text,
    -- active, deleted, no_extension, access_denied, invalid_settings, failed
    state text not null,
    -- Counts the settings that the pixel has had.
    version integer not null,
    account_id text not null,
    endpoint text not null,
    message text,
    changed_at timestamptz not null
);
create table shopify.pixel_history (
    id bigint generated always as identity primary key,
    shop_id integer not null references registry.shop,
    version integer not null,
    -- created, taken_over, updated, deleted, failed
    action text not null,
    state text not null,
    account_id text not null,
    endpoint text not null,
    message text,
    at timestamptz not null
);
create index pixel_history_of_shop on shopify.pixel_history (shop_id, id);

-- How far the import of each resource is.
create table shopify.import (
    shop_id integer not null references registry.shop,
    resource text not null,
    -- asked, reading, finished, failed
    state text not null,
    -- Objects that are recorded, that were refused, and that Shopify said there are.
    recorded bigint not null default 0,
    refused bigint not null default 0,
    total bigint,
    message text,
    started_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz,
    primary key (shop_id, resource)
);

-- Draft orders that shoppers asked for. The invoice's address holds a key, so it is sealed under a key of the shop.
create table shopify.draft_order (
    request uuid primary key,
    shop_id integer not null references registry.shop,
    -- asked, created, failed
    state text not null,
    draft_order_id text,
    name text,
    sealed_url bytea,
    message text,
    asked_at timestamptz not null default now(),
    finished_at timestamptz
);

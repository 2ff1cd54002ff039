-- Tenants, their keys, and who may ask: small tables, read into memory by every role.
create schema registry;

create table registry.lane (
    lane smallint primary key check (lane >= 0)
);
insert into registry.lane select generate_series(0, 3);

create table registry.shop (
    id integer generated always as identity primary key,
    domain text not null unique,
    -- A shop's events have one order, in one lane; `footfall shop move` changes it.
    lane smallint not null references registry.lane,
    -- The random id that the web pixel posts under.
    account_id text not null unique,
    timezone text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null default 'active' check (status in ('active', 'uninstalled')),
    -- Hosts the storefront is served from, beside the domain; the widget's Origin must be one of them.
    hosts text[] not null default '{}',
    -- The shop's 256-bit key, wrapped under APP_SECRET_KEY. Everything of the shop is derived from or wrapped by it.
    wrapped_key bytea not null,
    installed_at timestamptz not null default now(),
    uninstalled_at timestamptz
);

create table registry.api_key (
    id text primary key,
    -- SHA-256 of the key; the key itself is shown once and stored nowhere.
    hash bytea not null unique,
    -- Null: every shop (operators).
    shop_id integer references registry.shop,
    scopes text[] not null,
    label text not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);

-- Keys of data subjects, wrapped by the shop's key. Destroying a row makes what it sealed unreadable for ever.
create table registry.subject_key (
    lane smallint not null,
    shop_id integer not null,
    key_id uuid not null,
    handle_kind smallint not null,
    handle uuid not null,
    wrapped bytea not null,
    created_at timestamptz not null default now(),
    primary key (lane, key_id)
);
create index subject_key_handle on registry.subject_key (lane, shop_id, handle);

-- Salts of the daily visitor pseudonyms; a row lives for 48 h after its day began.
create table registry.daily_salt (
    day date primary key,
    salt bytea not null
);

-- Wakes the gateways' copies of the registry.
create function registry.notify_change() returns trigger language plpgsql as $$
begin
    perform pg_notify('footfall_registry', tg_table_name);
    return null;
end $$;
create trigger shop_changed after insert or update or delete on registry.shop
    for each statement execute function registry.notify_change();
create trigger api_key_changed after insert or update of revoked_at, expires_at, scopes or delete on registry.api_key
    for each statement execute function registry.notify_change();

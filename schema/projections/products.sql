-- Products and their variants as Shopify last told of them. Of two payloads the newer one by `updated_at` counts,
-- whatever came first; a product that was deleted stays deleted.
create table checkpoint (
    lane smallint primary key,
    position bigint not null,
    projected_at timestamptz not null default clock_timestamp()
);

create table product (
    lane smallint not null,
    shop_id integer not null,
    id bigint not null,
    version bigint not null,
    -- Which payload the row is from: its time, worth, members, hash (see PayloadVersion). Null in a row that only a
    -- deletion has made.
    newest_at timestamptz,
    newest_rank bigint,
    newest_members bigint,
    newest_content uuid,
    is_deleted boolean not null default false,
    created_at timestamptz,
    updated_at timestamptz,
    published_at timestamptz,
    inventory bigint,
    -- In major units of the shop's currency, which the payload does not name; of the variants that are current.
    price_min numeric,
    price_max numeric,
    title text not null default '',
    handle text not null default '',
    vendor text not null default '',
    product_type text not null default '',
    -- active, draft, archived, unlisted
    status text not null default '',
    image_url text,
    tags text[] not null default '{}',
    -- [{"name","values"}]
    options jsonb not null default '[]',
    -- Plain text, without tags.
    description text not null default '',
    -- Variants that the payload lists; details of those after the first hundred come from other payloads.
    variant_ids bigint[] not null default '{}',
    -- The words of the title (A), of type, vendor and handle (B), of tags (C), of variants and options (D), as SearchWords
    -- splits them.
    words tsvector not null default '',
    -- For shoppers' questions: stems, by weight.
    search tsvector generated always as (
        setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector('english', product_type || ' ' || vendor), 'B')
        || setweight(to_tsvector('english', description), 'D')) stored,
    primary key (lane, shop_id, id)
);
create index product_words on product using gin (words);
create index product_search on product using gin (search);

-- Rows stay when a product loses a variant, since an older payload may still come; `is_current` says what counts.
create table variant (
    lane smallint not null,
    shop_id integer not null,
    product_id bigint not null,
    id bigint not null,
    newest_at timestamptz not null,
    newest_rank bigint not null,
    newest_members bigint not null,
    newest_content uuid not null,
    is_current boolean not null default true,
    position_no integer not null,
    price numeric,
    compare_at_price numeric,
    inventory bigint,
    title text not null,
    sku text not null,
    barcode text not null,
    options text[] not null,
    primary key (lane, shop_id, product_id, id)
);
-- A shopper names variants by their ids alone.
create index variant_id on variant (lane, shop_id, id);

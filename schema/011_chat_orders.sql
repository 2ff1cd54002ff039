-- Which of the widget's sessions asked for a draft order: the only one that hears what became of it. Null in rows from
-- before this was kept, which nobody can ask for any more.
alter table shopify.draft_order add column session uuid;
create index draft_order_of_session on shopify.draft_order (shop_id, session, asked_at);
create index draft_order_of_shop on shopify.draft_order (shop_id, asked_at);

-- The read models of orders and of customers have other tables than before, and packed states of orders another layout.
-- They are folds of the log: dropped here, made anew by the process that migrates, and filled by the projectors, while
-- all other read models stay where they are.
drop schema if exists orders cascade;
drop schema if exists orders_next cascade;
drop schema if exists orders_previous cascade;
drop schema if exists customers cascade;
drop schema if exists customers_next cascade;
drop schema if exists customers_previous cascade;
delete from projection.waiting where projection ~ '^(orders|customers)(_next|_previous)?$';

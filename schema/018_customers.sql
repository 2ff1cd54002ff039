-- The read model of customers has another table than before. It is a fold of the log: dropped here, made anew by the
-- process that migrates, and filled by the projectors, while all other read models stay where they are.
drop schema if exists customers cascade;
drop schema if exists customers_next cascade;
drop schema if exists customers_previous cascade;
delete from projection.waiting where projection ~ '^customers(_next|_previous)?$';

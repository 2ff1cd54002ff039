-- The read model of events by dimension has another table and two views. It is a fold of the log: dropped here, made anew by
-- the process that migrates, and filled by the projectors, while all other read models stay where they are.
drop schema if exists pages cascade;
drop schema if exists pages_next cascade;
drop schema if exists pages_previous cascade;
delete from projection.waiting where projection ~ '^pages(_next|_previous)?$';

-- The read models of visits, of events by dimension and of shops have other tables or another meaning than before. They
-- are folds of the log: dropped here, made anew by the process that migrates, and filled by the projectors, while all
-- other read models stay where they are.
drop schema if exists sessions cascade;
drop schema if exists sessions_next cascade;
drop schema if exists sessions_previous cascade;
drop schema if exists pages cascade;
drop schema if exists pages_next cascade;
drop schema if exists pages_previous cascade;
drop schema if exists shops cascade;
drop schema if exists shops_next cascade;
drop schema if exists shops_previous cascade;
delete from projection.waiting
    where projection ~ '^(sessions|pages|shops)(_next|_previous)?$';

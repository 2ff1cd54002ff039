-- The read model of leads has other tables than before. It is a fold of the log: dropped here, made anew by the process
-- that migrates, and filled by the projectors, while all other read models stay where they are.
drop schema if exists leads cascade;
drop schema if exists leads_next cascade;
drop schema if exists leads_previous cascade;
delete from projection.waiting where projection in ('leads', 'leads_next', 'leads_previous');

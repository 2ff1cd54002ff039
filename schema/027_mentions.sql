-- The read model of who is named where has another column than before. It is a fold of the log: dropped here, made anew by
-- the process that migrates, and filled by the projectors, while all other read models stay where they are. Mentions that
-- an older version left behind where an order went after its customer go with it.
drop schema if exists subjects cascade;
drop schema if exists subjects_next cascade;
drop schema if exists subjects_previous cascade;
delete from projection.waiting where projection ~ '^subjects(_next|_previous)?$';

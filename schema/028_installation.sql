-- Which installation this is: backups of several may lie in one folder. A restore goes on as the one that was backed up.
create table registry.installation (
    one boolean primary key default true check (one),
    id uuid not null default gen_random_uuid()
);
insert into registry.installation default values;

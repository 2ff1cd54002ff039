-- Positions that retention has dropped and that the index of subjects still leads to; written in the transaction that
-- drops them. A row goes when the index has let go of them.
create table privacy.dropped_stretch (
    id bigint generated always as identity primary key,
    lane smallint not null,
    partition text not null,
    positions int8multirange not null,
    dropped_at timestamptz not null default now()
);

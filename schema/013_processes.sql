-- How an erasure tells that a process has ended: by a lock that its session holds, and not by a minute of silence.
alter table privacy.process
    -- Second key of the advisory lock that the process's session holds; another one for each session. Null: of a version
    -- that held none, which only its silence tells about.
    add column session_lock integer,
    -- Since when an erasure finds that nobody holds it; null again as soon as the process has a new session.
    add column gone_at timestamptz;

// Drain: moves each lane's entries from the buffer into the log.
//
// The exactly-once argument in one place: the log's newest row of a lane names the last entry that is taken in, and
// that row commits together with the events of those entries. A drain reads on from there, appends, and only then lets
// the entries be trimmed. Whatever dies in between, the next drain starts from the row; what it reads twice, the log
// leaves out by the row or by the events' identities. One drain a lane, by a lock of its session in Postgres, is for
// speed and order of work only: two at once would be slow, not wrong.

// EventLog: the append-only truth, in Postgres.
//
// In: encoded batches of one lane (from the drain, or from the gateway while the buffer is away). `AppendPlanner`
// decodes them and sorts out repeats without I/O; `LogWriter` appends a plan in one transaction with gap-free
// positions, the cursor, the accounting and a hash chain. Out: `LogReader` yields events in order, always a prefix;
// `LogVerifier`, `LogStats`, `LogExport`, `LogAccounting` and `Quarantine` open the log for people.

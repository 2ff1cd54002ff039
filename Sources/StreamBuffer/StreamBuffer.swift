// StreamBuffer: the lanes' buffers between gateway and drain, as Redis streams.
//
// In: encoded batches, several lanes in one pipelined write; an answer only after Redis has them on disk
// (`appendfsync always`). Out: the entries of one lane in order, after a given one. Entries stay until the log has
// committed them; trimming is garbage collection and never decides anything. A Redis that comes back empty or older
// than the log's cursor is recognised by its incarnation and by the ids it has given out.

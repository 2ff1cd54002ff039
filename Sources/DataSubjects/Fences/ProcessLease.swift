/// How long a process may go on with the keys in its memory without hearing of the fences, and when an erasure may take it
/// for ended. The numbers belong together.
///
/// What holds: **when an erasure goes on without a process, that process holds no key from before the fence, also where it
/// lives and is only cut off.** The argument, with clocks that run equally fast and are not compared with each other:
///
/// 1. A process counts as up to date from the moment at which it began a look at the fences, in a session that held its
///    lock then (`FenceLedger`). `lease` later at the latest, `watch` included, it drops all keys it holds, and goes on
///    doing so until the next look succeeds. That needs no network.
/// 2. An erasure goes on without a process when its session's lock has been free for `goneSeconds`: the last look of that
///    session began before the lock was free. Or when it has not written for `silentSeconds`, though its session seems
///    to live (a machine that lost its power or its network leaves a session behind): its last look began at most a beat
///    after it last wrote.
/// 3. Both times are longer than the lease. A process that comes back writes itself down anew, with the fence that it has
///    reached, before it looks again.
///
/// What a process makes while it is cut off is sealed under new keys, which it holds for a second; the log refuses those
/// of fenced handles. Opening is not at issue: for each opening the keys are read from the database.
enum ProcessLease {
    /// Keys are used for so long after the last look at the fences began. Looks begin every second or two; a database
    /// that answers no small query for so long is as good as away.
    static let lease = Duration.seconds(5)
    /// How often a process looks at its own lease.
    static let watch = Duration.seconds(1)
    /// How often a process writes down that it lives, with which it also takes back that its lock was once found free;
    /// so this is shorter than `goneSeconds`.
    static let beat = Duration.seconds(5)
    /// Longer than lease and watch, and by some seconds, since threads may be late on a busy machine.
    static let goneSeconds: Int64 = 9
    /// Longer than a beat, lease and watch together.
    static let silentSeconds: Int64 = 20
    /// First key of the lock; the second is the session's own number. "FFPR".
    static let lockClass: Int32 = 0x4646_5052
}

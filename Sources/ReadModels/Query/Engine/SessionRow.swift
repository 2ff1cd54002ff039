internal import EventModel

/// What of a session's row the columns keep beside its texts.
struct SessionRow {
    var visitor: Key128
    var customer: Key128?
    var startedAt: Int64
    var endedAt: Int64
    var flags: Int32
    var actions: UInt8
    var activity: Activity
}

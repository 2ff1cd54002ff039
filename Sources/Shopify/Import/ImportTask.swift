internal import EventModel

/// How far an import is: the payload of its task.
struct ImportTask: Codable, Equatable, Sendable {
    let resource: HistoryResource
    /// The bulk operation's gid; nil before Shopify was asked.
    var operation: String?
    /// Looks at the operation so far.
    var polls = 0
    /// Buckets of the spool, kept so that a restart sorts the lines as before; 0 before the file is read.
    var buckets = 0
    /// Buckets that are recorded.
    var bucket = 0
    var recorded: Int64 = 0
    var refused: Int64 = 0
    var total: Int64?
    /// Times that Shopify was asked again from the beginning.
    var restarts = 0
    /// Nothing is to be done but for an import that failed, or that never was.
    var isRepair: Bool?

    init(resource: HistoryResource) { self.resource = resource }

    /// Asks Shopify again; what is recorded stays, and will be found to be there.
    mutating func restart() {
        let restarts = restarts + 1
        self = ImportTask(resource: resource)
        self.restarts = restarts
    }
}

/// A bulk operation as Shopify tells of it.
struct BulkOperation: Decodable, Equatable {
    let id: String
    let status: String
    let errorCode: String?
    /// Counts are strings, because they may pass what JavaScript can hold.
    let rootObjectCount: String?
    let fileSize: String?
    let url: String?
    let partialDataUrl: String?
    let query: String?

    /// Still at work.
    var isRunning: Bool { ["CREATED", "RUNNING", "CANCELING"].contains(status) }
    /// Ended as asked for.
    var isComplete: Bool { status == "COMPLETED" }
}

/// How a bulk operation goes and what its file looks like.
package struct BulkPlan: Sendable, Hashable {
    /// How an operation ends.
    package enum Ending: Sendable, Hashable {
        case completes
        /// FAILED with this error code; so many lines are at `partialDataUrl`, none means no such file.
        case fails(code: String, partialLines: Int)
        case expires
        case cancels
    }

    /// The order of lines; without `groupObjects` Shopify promises none.
    package enum LineOrder: Sendable, Hashable {
        case parentsFirst
        /// Children stand before their parent.
        case childrenFirst
        /// Lines of so many roots are mixed.
        case mixed(roots: Int)
        /// All children come after all roots; the children are held in memory.
        case childrenLast
    }

    /// How often it is asked for before it is done: CREATED, then RUNNING, then the end.
    package var polls = 2
    package var ending = Ending.completes
    package var lineOrder = LineOrder.parentsFirst
    /// How often the file's address answers 403, as after its end.
    package var refusedDownloads = 0
    /// Where the connection breaks in the first download, in bytes.
    package var breaksAfter: Int?
    /// So many roots instead of those that the shop has; orders only. They are made while they are sent.
    package var generatedOrders: Int?
    /// Sent for orders in place of lines that are made; neither cut nor put in order.
    package var storedOrders: StoredBulkFile?

    package init() {}
}

/// A bulk operation.
struct BulkRun: Sendable {
    var id: String
    var query: String
    var plan: BulkPlan
    var file: BulkFile
    var createdAt: Int64
    var polled = 0
    var completedAt: Int64?
    var status = "CREATED"
    var url: String
    var objects = 0
    var fileSize: Int?

    var isOver: Bool { ["COMPLETED", "FAILED", "CANCELED", "EXPIRED"].contains(status) }

    /// One more look at it; the state moves on.
    mutating func poll(now: Int64) {
        guard !isOver else { return }
        polled += 1
        guard polled > plan.polls else {
            status = polled == 1 && plan.polls > 1 ? "CREATED" : "RUNNING"
            return
        }
        completedAt = now
        switch plan.ending {
        case .completes:
            status = "COMPLETED"
            (objects, fileSize) = file.measure()
        case .fails: status = "FAILED"
        case .expires: status = "EXPIRED"
        case .cancels: status = "CANCELED"
        }
    }
}

/// GraphQL's `BulkOperation`; counts are texts.
struct BulkNode: GraphNode {
    let run: BulkRun
    var typeName: String { "BulkOperation" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(run.id)
        case "status": .text(run.status)
        case "type": .text("QUERY")
        case "query": .text(run.query)
        case "createdAt": .time(run.createdAt)
        case "completedAt": .time(run.completedAt)
        case "errorCode":
            if case .fails(let code, _) = run.plan.ending, run.isOver { .text(code) } else { .null }
        case "objectCount": .text(String(run.objects))
        case "rootObjectCount": .text(String(run.status == "COMPLETED" ? run.file.roots.count : 0))
        case "fileSize": .text(run.fileSize.map(String.init))
        case "url": .text(run.status == "COMPLETED" && run.objects > 0 ? run.url : nil)
        case "partialDataUrl":
            if case .fails(_, let lines) = run.plan.ending, run.isOver, lines > 0 { .text(run.url) } else { .null }
        default: nil
        }
    }
}

package import EventModel
internal import ReadModels

/// A request of a data subject and how it stands. Nothing in it is personal.
package struct PrivacyRequest: Sendable, Equatable {
    /// What was gathered for a request.
    package struct Export: Sendable, Equatable {
        /// Whether it can still be fetched.
        package var isReady: Bool
        /// Events in it.
        package var events: Int64
        /// Unix milliseconds; then it is destroyed.
        package var expiresAt: Int64
        /// Opens it without a key until it expires; nil where it is destroyed.
        package var token: String?

        /// Describes an export.
        package init(isReady: Bool, events: Int64, expiresAt: Int64, token: String?) {
            self.isReady = isReady
            self.events = events
            self.expiresAt = expiresAt
            self.token = token
        }
    }

    /// Its number, a UUID.
    package var id: Key128
    /// What is wanted.
    package var kind: PrivacyAsk.Kind
    /// `webhook`, `api` or `cli`.
    package var origin: String
    /// `received`, `working`, `done`, `refused` or `failed`.
    package var state: String
    /// The last step that is done.
    package var step: String?
    /// Why it was refused or failed.
    package var message: String?
    /// The asker's label.
    package var reference: String?
    /// Whether all orders of the person are meant, not only listed ones.
    package var meansAllOrders: Bool
    /// Unix milliseconds.
    package var askedAt: Int64
    /// The day by which the law wants it done. Unix milliseconds.
    package var dueAt: Int64
    /// Unix milliseconds.
    package var finishedAt: Int64?
    /// What was gathered; nil where nothing was.
    package var export: Export?
    /// Whether there is a receipt.
    package var hasReceipt: Bool
    /// Places where the receipt says that something of the person stands readably.
    package var remains: Int64 = 0

    /// A request just received.
    package init(
        id: Key128, kind: PrivacyAsk.Kind, origin: String, state: String, meansAllOrders: Bool, askedAt: Int64,
        dueAt: Int64, hasReceipt: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.origin = origin
        self.state = state
        self.meansAllOrders = meansAllOrders
        self.askedAt = askedAt
        self.dueAt = dueAt
        self.hasReceipt = hasReceipt
    }

    /// The states that there are.
    package static let states = ["received", "working", "done", "refused", "failed"]

    private static let dayMillis: Int64 = 86_400_000

    /// Whole days until it is due; negative after that, and nil where nothing is left to do.
    package func daysLeft(nowMillis: Int64) -> Int64? {
        ["done", "refused"].contains(state) ? nil : (dueAt - nowMillis).flooredDivision(Self.dayMillis)
    }
}

extension PrivacyRequest {
    /// Its place in a list.
    var place: ListCursor { ListCursor(time: askedAt, id: id) }

    /// Where it is found.
    var address: String { "/api/privacy/requests/\(id.uuid)" }

    /// Appends the request as the routes show it.
    func write(_ writer: inout JSONWriter, shop: String, nowMillis: Int64) {
        writer.object { writer in
            writer.member("id", id.uuid)
            writer.member("shop", shop)
            writer.member("kind", kind.rawValue)
            writer.member("origin", origin)
            writer.member("state", state)
            writer.member("step", step)
            writer.member("message", message)
            writer.member("reference", reference)
            writer.member("orders", meansAllOrders ? "all" : "listed")
            writer.member("asked_at", Timestamp.text(askedAt))
            writer.member("due_at", Timestamp.text(dueAt))
            writer.member("days_left") { writer in
                if let days = daysLeft(nowMillis: nowMillis) { writer.integer(days) } else { writer.null() }
            }
            writer.member("finished_at", finishedAt.map(Timestamp.text))
            writer.member("export") { writer in
                guard let export else { return writer.null() }
                writer.object { export.writeMembers(&$0, address + "/export") }
            }
            writer.member("receipt") { writer in
                guard hasReceipt else { return writer.null() }
                writer.object { writer in
                    writer.member("url", address + "/receipt")
                    writer.member("remains", remains)
                }
            }
        }
    }
}

extension PrivacyRequest.Export {
    fileprivate func writeMembers(_ writer: inout JSONWriter, _ address: String) {
        writer.member("state", isReady ? "ready" : "destroyed")
        writer.member("events", events)
        writer.member("expires_at", Timestamp.text(expiresAt))
        writer.member("url", isReady ? address : nil)
        writer.member("link", token.map { "\(address)?token=\($0)" })
    }
}

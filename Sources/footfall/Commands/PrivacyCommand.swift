internal import ArgumentParser
internal import DataSubjects
internal import EventModel
internal import Postgres
internal import Privacy
internal import Registry

struct PrivacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy", abstract: "Data subjects: requests, exports, erasures, receipts, the audit log.",
        subcommands: [
            List.self, Export.self, Erase.self, Verify.self, ReceiptCommand.self, Audit.self, Tombstones.self,
        ])

    static let states = SubjectRequestState.allCases.map(\.rawValue).joined(separator: ", ")

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists requests, the newest first, with the day by which the law wants them done.")
        @Option(help: "Only this shop.") var shop: String?
        @Option(help: "Only this state: \(PrivacyCommand.states).") var state: String?
        @Flag(help: "Only open ones whose day has passed.") var overdue = false
        @Option(help: "At most so many.") var limit = 100
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard state == nil || state.flatMap(SubjectRequestState.init) != nil else {
                throw ValidationError("--state is one of \(PrivacyCommand.states).")
            }
            guard (1...RequestFilter.limitMax).contains(limit) else {
                throw ValidationError("--limit is a number from 1 to \(RequestFilter.limitMax).")
            }
        }

        func run() async throws {
            let (name, state, limit, isOverdueOnly) = (shop, state, limit, overdue)
            let lines = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    var filter = RequestFilter()
                    filter.shop = try name.map { try PrivacyCommand.shop($0, on: connection) }
                    filter.state = state.flatMap(SubjectRequestState.init)
                    filter.isOverdueOnly = isOverdueOnly
                    filter.limit = limit
                    return try RequestTable.list(filter, on: connection).map(RequestLine.init)
                }
            }
            if json { return try Terminal.print(json: lines) }
            Terminal.print(
                table: ["ID", "SHOP", "KIND", "ASKED BY", "STATE", "STEP", "DUE", "FINISHED", "MESSAGE"],
                lines.map {
                    [
                        $0.id, $0.shop, $0.kind, $0.asked_by ?? $0.origin, $0.state, $0.step ?? "", $0.due_at,
                        $0.finished_at ?? "", $0.message ?? $0.remainsInWords ?? "",
                    ]
                })
        }
    }

    struct Tombstones: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes all erasures to a file that a restored backup is told by; it holds keyed hashes only.")
        @Option(help: "The file; entries that it lacks are added.") var out: String
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let out = out
            let head = try await stores.withSettings { settings in
                let secrets = [settings.appSecretKey] + (settings.previousAppSecretKey.map { [$0] } ?? [])
                return try await settings.withPostgres {
                    try ErasureJournal.export(to: out, secrets: secrets, on: $0)
                }
            }
            Terminal.print("\(out): \(head.count) entries, digest \(head.digest)")
        }
    }

    /// The number of a shop that a person names.
    static func shop(_ name: String, on connection: PostgresConnection) throws -> ShopID {
        guard let found = try ShopRegistry.find(domain: name, on: connection) else {
            throw CommandFailure("There is no shop \(name).")
        }
        return found.id
    }
}

/// A request as lists print it (contract: Commands).
struct RequestLine: Encodable, Sendable {
    let id: String
    let shop: String
    let kind: String
    let origin: String
    let asked_by: String?
    let state: String
    let step: String?
    let message: String?
    let reference: String?
    let orders: String
    let asked_at: String
    let due_at: String
    let finished_at: String?
    let receipt: Bool
    let remains: Int64

    /// Nil where nothing remains.
    var remainsInWords: String? {
        remains > 0 ? "\(remains) values remain readable; the receipt says where" : nil
    }

    init(_ request: SubjectRequest) {
        id = request.id.uuid
        shop = request.domain
        kind = request.kind.rawValue
        origin = request.origin.rawValue
        asked_by = request.askedBy
        state = request.state.rawValue
        step = request.step
        message = request.message
        reference = request.reference
        orders = request.orders.rawValue
        asked_at = Timestamp.text(request.askedAt)
        due_at = Timestamp.text(request.dueAt)
        finished_at = request.finishedAt.map(Timestamp.text)
        receipt = request.hasReceipt
        remains = request.remains
    }
}

internal import ArgumentParser
internal import Endpoints
internal import EventModel
internal import Registry
internal import Shopify

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "The history that Shopify has of a shop: how far it has been read.",
        subcommands: [Status.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the import of each resource; exit 1 where one has failed.")
        @Option(help: "Only this shop.") var shop: String?
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let name = shop?.lowercased()
            let lines = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let shops = try ShopRegistry.list(on: connection).filter { name == nil || $0.domain == name }
                    guard name == nil || !shops.isEmpty else { throw CommandFailure("There is no shop \(name ?? "").") }
                    return try shops.flatMap { shop in
                        try ImportTable.list(shop: shop.id, on: connection).map {
                            ImportLine(ImportProgress($0), of: shop.domain)
                        }
                    }
                }
            }
            if json {
                try Terminal.print(json: lines)
            } else {
                Terminal.print(
                    table: ["SHOP", "RESOURCE", "STATE", "RECORDED", "REFUSED", "TOTAL", "STARTED", "DETAIL"],
                    lines.map {
                        [
                            $0.shop, $0.resource, $0.status, String($0.count), String($0.refused),
                            $0.total.map { String($0) } ?? "", $0.started_at ?? "", $0.detail ?? "",
                        ]
                    })
            }
            if lines.contains(where: { $0.status == ImportStatus.State.failed.rawValue }) { throw ExitCode(1) }
        }
    }
}

/// An import as `--json` prints it (contract: Commands).
struct ImportLine: Encodable, Sendable {
    let shop: String
    let resource: String
    let status: String
    let count: Int64
    let refused: Int64
    let total: Int64?
    let started_at: String?
    let finished_at: String?
    let detail: String?

    init(_ progress: ImportProgress, of shop: String) {
        self.shop = shop
        resource = progress.resource
        status = progress.status
        count = progress.count
        refused = progress.refused
        total = progress.total
        started_at = progress.startedAt.map(Timestamp.text)
        finished_at = progress.finishedAt.map(Timestamp.text)
        detail = progress.detail
    }
}

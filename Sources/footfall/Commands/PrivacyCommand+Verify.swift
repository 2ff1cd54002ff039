internal import ArgumentParser
internal import DataSubjects
internal import EventModel
internal import Foundation
internal import Postgres
internal import ReadModels
internal import Registry
internal import StreamBuffer

extension PrivacyCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Searches all stores for what should be forgotten. Exit 1 where anything is found.",
            discussion: """
                Of every shop, or of the request's: keys and rows of read models that belong to erased handles, and \
                erasures that are not over; of a request also what its receipt says is still readable. With --find also \
                texts, in every table and in the buffer, as they are, in hex, base64, percent-encoded and \
                escaped. It reads everything there is.
                """)
        @Argument(help: "A request's id: only its shop is looked at.") var request: String?
        @Option(help: "A text that must not be there; may be given many times. - reads lines of standard input.")
        var find: [String] = []
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let id = try request.map(PrivacyCommand.id)
            let texts = find.flatMap { $0 == "-" ? Self.lines() : [$0] }
            let schemas = try Self.schemas()
            let dictionaries = try Dictionaries.load(ProjectFolders.locate())
            let findings = try await stores.withSettings { settings in
                try await PrivacySide.with(settings) { side in
                    let buffer = RedisEventBuffer(settings.redis, dictionaries: dictionaries) { StreamKey.events($0) }
                    let search = DeepSearch(pool: side.pool, buffer: buffer, dictionaries: dictionaries)
                    let (shops, lanes) = try await Self.scope(id, side)
                    var findings = try await search.find(texts, lanes: lanes).map(FindingLine.init)
                    for shop in shops {
                        findings += try await search.findFenced(shop: shop, schemas: schemas).map(FindingLine.init)
                        findings += try await search.findUnfinished(shop: shop, request: id).map(FindingLine.init)
                        findings += try await side.pool.run { try Self.keys(of: shop, on: $0) }
                    }
                    return findings
                }
            }
            if json {
                try Terminal.print(json: findings)
            } else if findings.isEmpty {
                Terminal.print("Nothing was found that should be forgotten.")
            } else {
                Terminal.print(
                    table: ["PLACE", "ROWS", "WHY"], findings.map { [$0.place, String($0.count), $0.reason ?? ""] })
            }
            if !findings.isEmpty { throw ExitCode(1) }
        }

        private static func lines() -> [String] {
            var lines: [String] = []
            while let line = readLine() { if !line.isEmpty { lines.append(line) } }
            return lines
        }

        /// The read models, and their versions beside the live ones.
        private static func schemas() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: ProjectFolders.locate().projections)
                .filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
                .flatMap { [$0, $0 + "_previous", $0 + "_next"] }
        }

        private static func scope(_ id: Key128?, _ side: PrivacySide) async throws -> ([ShopID], [Lane]) {
            var asked: ShopID?
            if let id {
                asked = try await side.requests.find(id)?.shop.shop
                guard asked != nil else { throw CommandFailure("There is no request \(id.uuid).") }
            }
            return try await side.pool.run { [asked] connection in
                let shops = try asked.map { [$0] } ?? ShopRegistry.list(on: connection).map(\.id)
                return (shops, try ShopRegistry.lanes(on: connection))
            }
        }

        /// Keys of fenced handles: there is none, unless an erasure is under way.
        private static func keys(of shop: ShopID, on connection: PostgresConnection) throws -> [FindingLine] {
            let count = try connection.query(
                """
                select count(*) from registry.subject_key k
                where k.shop_id = $1 and exists (select from privacy.fence f
                    where f.lane = k.lane and f.shop_id = k.shop_id and f.handle = k.handle)
                """, [.int4(shop)])[0].int64(0)
            return count > 0 ? [FindingLine(place: "registry.subject_key", count: count)] : []
        }
    }
}

private struct FindingLine: Encodable, Sendable {
    let place: String
    let count: Int64
    var reason: String?

    init(place: String, count: Int64) {
        (self.place, self.count) = (place, count)
    }

    init(_ finding: DeepSearch.Finding) { (place, count, reason) = (finding.place, finding.count, finding.reason) }
}

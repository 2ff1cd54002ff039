internal import Blocking
internal import EventModel
internal import FoundationEssentials
package import Postgres
package import Privacy

/// What was forgotten, outlasting the database: rows of `privacy.erasure`, and a file beside it that a restored backup
/// is told by (see `ErasureChain` for its form). Blocking; made for the thread that has the connection.
///
/// The protocol calls `append` inside the transaction that writes the fences and destroys the keys, as its last
/// statement. The file has the entry, synced, before the transaction commits: what it says was forgotten may still be
/// about to be, and never the other way round.
package struct ErasureJournal: Sendable {
    /// Nothing was appended; the erasure must not go on.
    package struct Failure: Error, CustomStringConvertible {
        /// In words; never personal.
        package let description: String
    }

    /// The name of the file in a data folder.
    package static let fileName = "erasures.journal"

    /// The file; nil where the table is all there is.
    package let path: String?
    private let secrets: [[UInt8]]

    /// `secrets`: APP_SECRET_KEY, then the previous one while it is being rotated. Nothing is touched.
    package init(path: String?, secrets: [[UInt8]]) {
        self.path = path
        self.secrets = secrets
    }

    /// Writes an entry down, in the table and in the file. Again with the same content it does nothing.
    package func append(_ entry: ErasureEntry, on connection: PostgresConnection) throws {
        let known = try Self.entries(of: entry.request, on: connection)
        if !known.contains(where: entry.isRepeat) {
            _ = try connection.query(
                SQL.insert,
                [
                    .uuid(entry.request.high, entry.request.low), .int4(entry.sequence), .int2(entry.lane),
                    .int4(entry.shop), .text(entry.scope.rawValue), .bytes(Handle.packed(entry.handles)),
                    .bytes(Handle.packed(entry.unlinked)), .timestamp(entry.atMillis),
                ])
        }
        guard let path else { return }
        _ = try Self.update(path, secrets) { chain in
            // A file that is new, or was away for a while, gets all that the table has.
            let last = chain.entries.isEmpty ? try Self.entries(on: connection) : [entry]
            return last.filter { entry in !chain.entries.contains(where: entry.isRepeat) }
        }
    }

    /// Writes all entries of the table that the file lacks, and returns how far the file goes then. The file is made
    /// where there is none; used by `footfall privacy tombstones --out`, and safe to run at any time.
    @discardableResult
    package static func export(
        to path: String, secrets: [[UInt8]], on connection: PostgresConnection
    ) throws -> ErasureChain.Head {
        try update(path, secrets) { chain in
            let known = Dictionary(grouping: chain.entries, by: \.request)
            return try entries(on: connection).filter { entry in
                known[entry.request]?.contains(where: entry.isRepeat) != true
            }
        }
    }

    /// Puts another journal's entries into a file that has none yet: it goes on as that one, also with what this database
    /// knows nothing of, and whoever knows how far that one went finds it in this.
    package static func begin(_ path: String, with chain: ErasureChain, secrets: [[UInt8]]) throws {
        _ = try update(path, secrets) { $0.entries.isEmpty ? chain.entries : [] }
    }

    /// What a file holds. Throws `PrivacyError` where it was changed, is not whole or is of another secret.
    package static func read(_ path: String, secrets: [[UInt8]]) throws -> ErasureChain {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "the journal of erasures \(path) cannot be read")
        }
        return try ErasureChain(reading: [UInt8](bytes), secrets: secrets)
    }
}

extension ErasureJournal {
    /// Adds what `missing` returns, one process of this machine at a time. The file is written anew as a whole: erasures
    /// are rare, and so no crash leaves half a line.
    private static func update(
        _ path: String, _ secrets: [[UInt8]], _ missing: (ErasureChain) throws -> [ErasureEntry]
    ) throws -> ErasureChain.Head {
        try DurableFile.locked(path + ".lock") {
            let stored = FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
            let before = try ErasureChain(reading: stored, secrets: secrets)
            let added = try missing(before)
            guard !added.isEmpty || before.isStale || stored.isEmpty else { return before.head }
            // Where the secret was rotated all of it is written again under the new one.
            var chain = before.isStale ? ErasureChain(secrets: secrets) : before
            var bytes = before.isStale ? [] : stored
            for entry in (before.isStale ? before.entries : []) + added { bytes += try chain.append(entry) }
            try DurableFile.replace(path, with: bytes)
            return chain.head
        }
    }

    private static func entries(
        of request: Key128? = nil, on connection: PostgresConnection
    ) throws -> [ErasureEntry] {
        let parameter = request.map { PostgresValue.uuid($0.high, $0.low) } ?? .null
        return try connection.query(SQL.entries, [parameter]).map { row in
            let (high, low) = row.uuid(0)
            let key = Key128(high: high, low: low)
            guard row.text(4) == ErasureEntry.Scope.person.rawValue else {
                return ErasureEntry(
                    shopRequest: key, lane: row.int16(2), shop: row.int32(3), atMillis: row.timestampMillis(7))
            }
            return ErasureEntry(
                request: key, sequence: row.int32(1), lane: row.int16(2), shop: row.int32(3),
                handles: Handle.unpacked(row.bytes(5)), unlinked: Handle.unpacked(row.bytes(6)),
                atMillis: row.timestampMillis(7))
        }
    }

    private enum SQL {
        static let insert = """
            insert into privacy.erasure (request, sequence, lane, shop_id, scope, handles, unlinked, at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """
        static let entries = """
            select request, sequence, lane, shop_id, scope, handles, unlinked, at from privacy.erasure
            where $1::uuid is null or request = $1 order by number
            """
    }
}

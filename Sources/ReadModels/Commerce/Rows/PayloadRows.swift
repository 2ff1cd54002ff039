internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

/// Writes many rows with one statement: they travel as one JSON array, which `jsonb_to_recordset` opens.
enum PayloadRows {
    /// Rows of one statement: keeps its parameter at some megabytes even where payloads are large.
    private static let rowsMax = 500

    /// Runs `sql` for the rows. `$1` is the lane, `$2` the version, `$3` the JSON array.
    static func run<Row>(
        _ sql: String, _ rows: [Row], lane: Lane, version: Position, on connection: PostgresConnection,
        _ write: (inout JSONWriter, Row) -> Void
    ) throws {
        for start in stride(from: 0, to: rows.count, by: rowsMax) {
            var writer = JSONWriter()
            writer.array(rows[start..<min(rows.count, start + rowsMax)]) { writer, row in
                writer.object { write(&$0, row) }
            }
            let json = String(decoding: writer.bytes, as: UTF8.self)
            _ = try connection.query(sql, [.int2(lane), .int8(version), .jsonb(json)])
        }
    }
}

/// The four columns that say which payload a row is from.
enum VersionColumns {
    static let names = "newest_at, newest_rank, newest_members, newest_content"
    /// As `jsonb_to_recordset` reads them.
    static let types = "newest_at timestamptz, newest_rank int8, newest_members int8, newest_content uuid"
    static let assignments = """
        newest_at = excluded.newest_at, newest_rank = excluded.newest_rank, newest_members = excluded.newest_members,
        newest_content = excluded.newest_content
        """

    /// The row that was there has no payload or an older one.
    static func isOlder(_ row: String) -> String {
        """
        \(row).newest_at is null or (\(row).newest_at, \(row).newest_rank, \(row).newest_members, \(row).newest_content)
            < (excluded.newest_at, excluded.newest_rank, excluded.newest_members, excluded.newest_content)
        """
    }
}

extension JSONWriter {
    /// The members of `VersionColumns`.
    mutating func members(_ version: PayloadVersion) {
        member("newest_at", Timestamp.text(version.time))
        member("newest_rank", version.rank)
        member("newest_members", version.members)
        member("newest_content", version.content.hex)
    }

    /// A member that is an instant or null.
    mutating func member(instant name: String, _ millis: Int64?) {
        member(name, millis.map(Timestamp.text))
    }

    /// A member that is a whole number or null.
    mutating func member(whole name: String, _ value: Int64?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    /// A member that is a truth value or null.
    mutating func member(truth name: String, _ value: Bool?) {
        key(name)
        if let value { bool(value) } else { null() }
    }

    /// A member that is a keyed hash or null.
    mutating func member(hash name: String, _ value: Key128?) {
        member(name, value?.hex)
    }
}

/// One resource of one shop.
struct ResourceKey: Hashable {
    let shop: ShopID
    let id: Int64
}

extension JSONNode {
    /// A text, or nothing where there is none or it is sealed.
    var plainText: String { text ?? "" }

    /// Decimal text fit for a `numeric` column: digits with one point, as Shopify writes prices; nil for others.
    var decimalText: String? {
        let value = type == .number ? json : text ?? ""
        let digits = value.hasPrefix("-") ? value.dropFirst() : value[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain =
            (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        // More digits than any price has.
        return isPlain && digits.utf8.count <= 24 ? value : nil
    }

    /// Tags, which are a text with commas or an array; each once, as they stand.
    var tags: [String] {
        let all = type == .array ? elements.compactMap(\.text) : plainText.split(separator: ",").map(\.trimmed)
        var seen: Set<String> = []
        return all.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}

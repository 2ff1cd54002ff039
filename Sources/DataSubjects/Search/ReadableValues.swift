internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels

/// Values of the person that stand readably in rows that stay: in texts that are not personal by the pipelines (addresses
/// of pages, campaigns, codes), into which somebody wrote them all the same.
///
/// Nothing takes them away: the log has them too and is never changed, so they would come back with a rebuild, and totals
/// by such a text would change. So they are counted, and the receipt says where.
struct ReadableValues {
    /// By the first byte, which most places of a text are not.
    private let words: [UInt8: [[UInt8]]]

    /// Of these values those that name a person wherever they stand.
    init(_ values: [String]) {
        let texts = values.filter(SearchProbes.names).flatMap { [$0, Self.bareNumber($0)].compactMap(\.self) }
        words = Dictionary(grouping: Set(texts.map { Self.plain(Array($0.utf8)) })) { $0.first ?? 0 }
    }

    /// Rows with any of the values, by `schema.table.column`, of those rows that have one of the keys in the column of the
    /// table that it is given for. Only columns of texts are looked into: in others no text of an event can be.
    func count(
        in table: String, _ keys: [(column: String, hashes: [Key128])], _ shop: ShopKey,
        on connection: PostgresConnection
    ) throws -> [String: Int64] {
        let keys = keys.filter { !$0.hashes.isEmpty }
        let columns = try connection.query(Self.textColumns, [.text(table)]).map { $0.text(0) }
        guard !words.isEmpty, !keys.isEmpty, !columns.isEmpty else { return [:] }
        let chosen = keys.map { "t.\($0.column) = any('{\($0.hashes.map(\.uuid).joined(separator: ","))}')" }
        // Between columns a row has tabs, so no value may have one that is only escaped.
        let texts = columns.map { "translate(t.\($0)::text, E'\\b\\f\\n\\r\\t\\v', '      ')" }
        let rows = """
            select \(texts.joined(separator: ", ")) from \(table) t
            where t.lane = \(shop.lane) and t.shop_id = \(shop.shop) and (\(chosen.joined(separator: " or ")))
            """
        var counts: [String: Int64] = [:]
        // A message has one row, with its backslashes doubled.
        try connection.copyOutBytes("COPY (\(rows)) TO STDOUT") { row in
            guard holds(row) else { return }
            for (column, text) in zip(columns, row.split(separator: 0x09, omittingEmptySubsequences: false))
            where holds(Array(text)) {
                counts["\(table).\(column)", default: 0] += 1
            }
        }
        return counts
    }

    /// Whether a text holds any of the values as a whole word, since a number may be a part of an order's; however it is
    /// spelt.
    func holds(_ text: [UInt8]) -> Bool {
        let text = Self.plain(text)
        return text.indices.contains { start in
            words[text[start]]?.contains { word in
                let end = start + word.count
                return end <= text.count && text[start..<end].elementsEqual(word)
                    && (start == 0 || !Self.isOfWord(text[start - 1]))
                    && (end == text.count || !Self.isOfWord(text[end]))
            } ?? false
        }
    }

    /// Letters' case is nobody's.
    private static func plain(_ text: [UInt8]) -> [UInt8] {
        Spelling.plain(text).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// A number that is written with signs, without them; nil for anything else.
    private static func bareNumber(_ text: String) -> String? {
        let digits = text.filter(\.isWholeNumber)
        return digits.count < text.count && text.allSatisfy { $0.isWholeNumber || "+-/(). ".contains($0) }
            ? digits : nil
    }

    /// A catalogue's look: what tables have is the schema's to say.
    private static let textColumns = """
        select quote_ident(attname) from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
            and atttypid = any('{text,text[],varchar,jsonb}'::regtype[]) order by attnum
        """
}

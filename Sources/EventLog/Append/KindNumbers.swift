internal import Postgres

/// A session's memory of `log.kind`: numbers by name. A new session begins anew, since it may have met another
/// database.
struct KindNumbers {
    /// Senders may make up names, so there is an end to what is remembered.
    private static let countMax = 4096

    private var numbers: [[UInt8]: Int32] = [:]
    private var generation = 0

    /// The numbers of all names of a table, by its index; missing rows are made and committed at once, so that none is
    /// remembered that a transaction took back. Not inside a transaction.
    mutating func numbers(of table: NameTable, _ connection: PostgresConnection) throws(PostgresError) -> [Int32] {
        if connection.generation != generation || numbers.count > Self.countMax { numbers.removeAll() }
        generation = connection.generation
        let unknown = table.names.filter { numbers[$0] == nil }
        if !unknown.isEmpty { try learn(unknown, connection) }
        return try table.names.map { (name) throws(PostgresError) in
            guard let number = numbers[name] else { throw PostgresError(.protocolViolation, "a kind got no number") }
            return number
        }
    }

    private mutating func learn(_ names: [[UInt8]], _ connection: PostgresConnection) throws(PostgresError) {
        let texts = names.map { String(decoding: $0, as: UTF8.self) }.sorted()
        try find(texts, connection)
        let missing = texts.filter { numbers[Array($0.utf8)] == nil }
        guard !missing.isEmpty else { return }
        // Sorted, so that two writers cannot wait for each other; a statement of its own then sees what both made.
        _ = try connection.query(SQL.insert, [.textArray(missing)])
        try find(missing, connection)
    }

    private mutating func find(_ names: [String], _ connection: PostgresConnection) throws(PostgresError) {
        for row in try connection.query(SQL.find, [.textArray(names)]) {
            numbers[Array(row.text(1).utf8)] = row.int32(0)
        }
    }

    private enum SQL {
        static let find = "select id, name from log.kind where name = any($1)"
        static let insert = """
            insert into log.kind (name) select name from unnest($1::text[]) name on conflict (name) do nothing
            """
    }
}

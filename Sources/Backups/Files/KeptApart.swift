internal import Postgres

/// What of the tables is not in the dump: everything that opens, signs or tells something. Tables with such columns are
/// left out of it as a whole and written by `plain`, with those columns emptied; the columns themselves are in `keys`.
enum KeptApart {
    /// Rows on their way out of one table and back.
    struct Part: Sendable {
        /// Names the part in the file.
        let name: String
        /// The table it is read from.
        let table: String
        /// Nil: all columns that the table has.
        var columns: [String]?
        /// What stands in place of a column.
        var instead: [String: String] = [:]
        var condition = "true"
        /// Where the rows come back into and how they get from there to the table; nil: into the table itself.
        var merge: Merge?
    }

    struct Merge: Sendable {
        let table: String
        let definition: String
        let statement: String
    }

    /// Tables whose rows the dump leaves out. Salts are in no file: they are destroyed after two days, and a backup
    /// would keep them.
    static let tables = [
        "registry.shop", "registry.subject_key", "registry.daily_salt", "shopify.token", "log.quarantine",
        "privacy.request", "privacy.export", "privacy.signing_key", "privacy.process", "privacy.restoration",
    ]

    static let plain = [
        Part(name: "shop", table: "registry.shop", instead: ["wrapped_key": "''::bytea"]),
        // Batches that came damaged are kept as they came, with the keys they carried.
        Part(name: "quarantine", table: "log.quarantine", instead: ["record": damaged("''::bytea", else: "record")]),
        Part(name: "request", table: "privacy.request", instead: ["wrapped_key": "null::bytea"]),
        // What was gathered for a person is fetched within days or gathered again.
        Part(
            name: "export", table: "privacy.export",
            instead: [
                "wrapped_key": "null::bytea", "sealed": "null::bytea", "token_hash": "null::bytea",
                "destroyed_at": "coalesce(destroyed_at, now())",
            ]),
    ]

    static let keys = [
        Part(
            name: "shop.key", table: "registry.shop", columns: ["id", "wrapped_key"],
            merge: merge("registry.shop", "id integer, wrapped_key bytea", set: "wrapped_key", by: "id")),
        Part(name: "subject_key", table: "registry.subject_key"),
        Part(name: "token", table: "shopify.token"),
        Part(name: "signing_key", table: "privacy.signing_key"),
        Part(
            name: "request.key", table: "privacy.request", columns: ["id", "wrapped_key"],
            condition: "wrapped_key is not null",
            merge: merge("privacy.request", "id uuid, wrapped_key bytea", set: "wrapped_key", by: "id")),
        Part(
            name: "quarantine.damaged", table: "log.quarantine", columns: ["id", "record"],
            condition: damaged("true", else: "false"),
            merge: merge("log.quarantine", "id bigint, record bytea", set: "record", by: "id")),
    ]

    /// Nobody could read a damaged batch, so no shop is known.
    private static func damaged(_ yes: String, else no: String) -> String {
        "case when shop_id = 0 then \(yes) else \(no) end"
    }

    private static func merge(_ table: String, _ columns: String, set column: String, by id: String) -> Merge {
        let name = "restored_" + table.replacing(".", with: "_")
        return Merge(
            table: name, definition: columns,
            statement: "update \(table) t set \(column) = r.\(column) from \(name) r where t.\(id) = r.\(id)")
    }
}

extension KeptApart.Part {
    /// The columns to write.
    func columns(on connection: PostgresConnection) throws -> [String] {
        if let columns { return columns }
        return try connection.query(
            """
            select attname::text from pg_attribute
            where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum
            """, [.text(table)]
        ).map { $0.text(0) }
    }

    func select(_ columns: [String]) -> String {
        "select \(columns.map { instead[$0] ?? $0 }.joined(separator: ", ")) from \(table) where \(condition)"
    }
}

import Foundation
import Postgres
import Privacy
import Redis

/// Looks for secrets in everything that a run has left: as they are, in base64 (at whatever place they stand in what
/// was encoded) and in hex.
struct SecretHunt {
    /// Where a secret was found: never the secret itself.
    struct Find: Hashable, CustomStringConvertible {
        let name: String
        let form: String
        let place: String
        var description: String { "\(name) (\(form)) in \(place)" }
    }

    private var needles: [(name: String, form: String, bytes: Data)] = []

    /// Shorter parts of a text are found by chance.
    private static let bytesMin = 12

    mutating func add(_ name: String, _ secret: String) { add(name, Data(secret.utf8)) }

    mutating func add(_ name: String, _ secret: Data) {
        precondition(secret.count >= Self.bytesMin, "\(name) is too short to be looked for")
        let hex = secret.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        var forms = [("plain", secret), ("hex", Data(hex.utf8)), ("hex", Data(hex.uppercased().utf8))]
        for shift in 0..<3 {
            // Characters that hold bits of what stands before and behind are left out.
            let encoded = (Data(repeating: 0, count: shift) + secret).base64EncodedString()
            let kept = encoded.dropFirst([0, 2, 3][shift]).prefix { $0 != "=" }.dropLast()
            forms.append(("base64", Data(kept.utf8)))
            forms.append(("base64", Data(kept.replacing("+", with: "-").replacing("/", with: "_").utf8)))
        }
        for (form, bytes) in forms where !needles.contains(where: { $0.bytes == bytes }) {
            needles.append((name, form, bytes))
        }
    }

    /// Secrets found in `data`; `place` names it.
    func finds(in data: Data, _ place: String) -> Set<Find> {
        Set(
            needles.filter { data.range(of: $0.bytes) != nil }.map {
                Find(name: $0.name, form: $0.form, place: place)
            })
    }

    func finds(in text: String, _ place: String) -> Set<Find> { finds(in: Data(text.utf8), place) }

    /// Secrets in files of a folder: tables, indexes, the write-ahead log, Redis' file, logs of the stores.
    func finds(inFolder folder: URL) throws -> Set<Find> {
        let patterns = FileManager.default.temporaryDirectory.appending(path: "hunt-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: patterns) }  // a leftover file harms nobody
        // Raw keys may hold line ends; those are looked for in tables only.
        let lines = needles.map(\.bytes).filter { !$0.contains(10) && !$0.contains(0) }
        try Data(lines.joined(separator: [10])).write(to: patterns)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["grep", "-rlaF", "-f", patterns.path, folder.path]
        process.standardOutput = pipe
        try process.run()
        let files = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: files, as: UTF8.self).split(separator: "\n").reduce(into: []) { finds, path in
            // Gone since: nothing is left in it.
            let data = FileManager.default.contents(atPath: String(path)) ?? Data()
            finds.formUnion(self.finds(in: data, String(path.dropFirst(folder.path.count))))
        }
    }

    /// Secrets in any table.
    func finds(in connection: PostgresConnection) throws -> Set<Find> {
        let tables = try connection.query(
            """
            select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            """
        ).map { $0.text(0) }
        return try tables.reduce(into: []) { finds, table in
            for row in try connection.query("select t::text from \(table) t") {
                finds.formUnion(self.finds(in: row.text(0), table))
            }
        }
    }

    /// Secrets in the names and values of any key of Redis.
    func finds(in redis: RedisConnection) throws -> Set<Find> {
        let keys = try redis.command(["KEYS", "*"]).array ?? []
        return try keys.reduce(into: []) { finds, reply in
            guard let key = reply.text else { return }
            let value: RedisReply
            switch try redis.command(["TYPE", .text(key)]).text {
            case "string": value = try redis.command(["GET", .text(key)])
            case "hash": value = try redis.command(["HGETALL", .text(key)])
            case "set": value = try redis.command(["SMEMBERS", .text(key)])
            case "zset": value = try redis.command(["ZRANGE", .text(key), "0", "-1", "WITHSCORES"])
            case "list": value = try redis.command(["LRANGE", .text(key), "0", "-1"])
            default: value = try redis.command(["XRANGE", .text(key), "-", "+"])
            }
            finds.formUnion(self.finds(in: Data(key.utf8) + Self.bytes(value), "Redis \(key)"))
        }
    }

    private static func bytes(_ reply: RedisReply) -> Data {
        if let array = reply.array { return array.reduce(into: Data()) { $0 += bytes($1) + [10] } }
        return reply.bytes.map { Data($0) } ?? Data()
    }
}

extension SecretHunt {
    /// Adds the keys of every shop: whoever has one can sign the widget's tokens and open what is sealed.
    mutating func addShopKeys(_ connection: PostgresConnection, appSecret: String) throws {
        let vault = try Vault(currentKey: Vault.keyBytes(of: appSecret))
        for row in try connection.query("select domain, wrapped_key from registry.shop") {
            let key = try vault.unwrap(row.bytes(1))
            add("key of \(row.text(0))", Data(key))
            add("widget key of \(row.text(0))", Data(ShopKeys(shopKey: key).widgetToken))
        }
    }
}

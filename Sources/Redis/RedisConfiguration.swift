// Redis: the only importer of hiredis. Commands go in as texts and bytes, replies come out as plain values. A
// `RedisConnection` blocks and belongs to one thread at a time; it knows nothing of streams or lanes.

/// Where a Redis server is and how long one exchange with it may take.
package struct RedisConfiguration: Sendable {
    /// `redis://[user:password@]host[:port][/database]` or `unix://[user:password@]/path[?db=number]`.
    package var url: String
    /// Connecting, and each wait for bytes, may take this long.
    package var timeoutMillis: Int

    /// Describes a server; nothing is contacted and nothing checked before the first use of a connection.
    package init(url: String, timeoutMillis: Int = 5000) {
        self.url = url
        self.timeoutMillis = timeoutMillis
    }

    /// Throws what is wrong with the URL, for start-up checks.
    package func validate() throws(RedisError) {
        _ = try RedisAddress(url: url)
    }
}

/// The parts of a URL.
struct RedisAddress: Equatable {
    enum Endpoint: Equatable {
        case unix(path: String)
        case tcp(host: String, port: Int32)
    }

    static let defaultPort: Int32 = 6379

    let endpoint: Endpoint
    let user: String?
    let password: String?
    let database: Int

    init(url: String) throws(RedisError) {
        guard let mark = url.firstRange(of: "://") else { throw Self.unusable("no scheme") }
        let scheme = url[..<mark.lowerBound]
        var rest = url[mark.upperBound...]
        let query = Self.cut(&rest, after: "?")
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = String(rest[slash...])
        var authority = rest[..<slash]
        (user, password) = Self.credentials(&authority)
        switch scheme {
        case "unix", "redis+unix":
            guard authority.isEmpty, path.count > 1 else { throw Self.unusable("unix:// needs an absolute path") }
            endpoint = .unix(path: Self.decoded(path))
            database = try Self.number(query.flatMap(Self.databaseItem) ?? "0")
        case "redis":
            endpoint = try Self.tcp(authority)
            database = try Self.number(query.flatMap(Self.databaseItem) ?? String(path.dropFirst()))
        default:
            throw Self.unusable("scheme \(scheme) is not supported")
        }
    }

    /// Takes `user:password@` off the front; in front of a lone password stands a colon.
    private static func credentials(_ authority: inout Substring) -> (String?, String?) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, nil) }
        var user = authority[..<at]
        authority = authority[authority.index(after: at)...]
        let password = cut(&user, after: ":")
        return (user.isEmpty ? nil : decoded(String(user)), password.map { decoded(String($0)) })
    }

    private static func tcp(_ authority: Substring) throws(RedisError) -> Endpoint {
        var host = authority
        var port = String(defaultPort)
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let after = host[host.index(after: end)...]
            host = host[host.index(after: host.startIndex)..<end]
            if after.hasPrefix(":") { port = String(after.dropFirst()) }
        } else if let given = cut(&host, after: ":") {
            port = String(given)
        }
        guard let port = Int32(port), (1...65535).contains(port) else { throw unusable("port \(port)") }
        return .tcp(host: host.isEmpty ? "127.0.0.1" : decoded(String(host)), port: port)
    }

    private static func databaseItem(_ query: Substring) -> String? {
        query.split(separator: "&").first { $0.hasPrefix("db=") }.map { String($0.dropFirst(3)) }
    }

    private static func number(_ text: String) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), number >= 0 else { throw unusable("database \(text)") }
        return number
    }

    /// Cuts the text at the separator and returns what stood behind it.
    private static func cut(_ text: inout Substring, after separator: Character) -> Substring? {
        guard let index = text.firstIndex(of: separator) else { return nil }
        defer { text = text[..<index] }
        return text[text.index(after: index)...]
    }

    /// Undoes percent-encoding; anything malformed stays as it is.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unusable(_ reason: String) -> RedisError {
        RedisError(.usage, "the Redis URL cannot be used: \(reason)")
    }
}

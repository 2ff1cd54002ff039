internal import Blocking
package import EventLog
package import EventModel
package import Redis

/// The buffer in front of the log, as an erasure sees it.
package protocol EventBuffer: Sendable {
    /// The last entry of a lane; nil for none.
    func tail(of lane: Lane) async throws -> StreamPlace?
    /// Removes a lane's entries up to and with this one; they are in the log.
    func trim(_ lane: Lane, through place: StreamPlace) async throws
    /// Has the file on disk written anew with what is there now.
    func rewrite() async throws -> BufferRewrite
    /// How it stands with that, in the process of the server that was asked; see `run`.
    func rewriting() async throws -> BufferRewriting
    /// Names the server's process: another one after a restart, which ends a rewriting and knows nothing of it.
    func run() async throws -> String
    /// How many entries, of all lanes, hold any of these texts, as they are or in payloads that can be opened.
    func count(of texts: [[UInt8]], lanes: [Lane]) async throws -> Int64
}

extension EventBuffer {
    /// One process for ever, for what is no server.
    package func run() async throws -> String { "" }
}

/// What became of the wish to have the buffer's file written anew.
package enum BufferRewrite: Sendable, Equatable {
    /// It is under way now; `rewriting` tells when it has ended.
    case begun
    /// Another one is under way, which may have begun too early; ask again.
    case busy
    /// There is no such file, or the server does not let us.
    case impossible
}

/// How it stands with the writing anew that was begun last.
package enum BufferRewriting: Sendable, Equatable {
    case underWay, done
    /// The old file is still there, with all that is in it: the disk is full, mostly.
    case failed
}

/// The buffer in Redis. Its connection blocks, on a queue of its own.
package actor RedisEventBuffer: EventBuffer {
    private let executor = BlockingExecutor(label: "footfall.privacy.buffer")
    private let connection: RedisConnection
    private let streamKey: @Sendable (Lane) -> String
    private let dictionaries: PayloadDictionaries

    /// Entries of one reading; one has some 16 kB.
    private static let pageEntries: Int64 = 100

    /// Contacts nobody yet. `streamKey` names the stream of a lane. Payloads that were compressed with other dictionaries
    /// than these are not looked into.
    package init(
        _ redis: RedisConfiguration, dictionaries: PayloadDictionaries = .none,
        streamKey: @escaping @Sendable (Lane) -> String
    ) {
        connection = RedisConnection(redis)
        self.dictionaries = dictionaries
        self.streamKey = streamKey
    }

    /// Its own queue, where blocking is allowed.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// The last entry of a lane; nil for none.
    package func tail(of lane: Lane) throws -> StreamPlace? {
        let reply = try connection.command(["XREVRANGE", .text(streamKey(lane)), "+", "-", "COUNT", "1"])
        return reply.array?.first?.array?.first?.text.flatMap(StreamPlace.init(text:))
    }

    /// Removes a lane's entries up to and with this one; they are in the log.
    package func trim(_ lane: Lane, through place: StreamPlace) throws {
        let next = StreamPlace(millis: place.millis, sequence: place.sequence + 1)
        _ = try connection.command(["XTRIM", .text(streamKey(lane)), "MINID", "=", .text(next.text)])
    }

    /// Has the append-only file written anew.
    package func rewrite() throws -> BufferRewrite {
        let before = try info("persistence")
        guard before["aof_enabled"] == "1" else { return .impossible }
        guard before["aof_rewrite_in_progress"] == "0", before["aof_rewrite_scheduled"] == "0" else { return .busy }
        let reply = try connection.pipeline([["BGREWRITEAOF"]])[0]
        // A managed server may not know the command to us; the receipt says then that the file was not rewritten.
        return reply.failure == nil ? .begun : .impossible
    }

    /// How it stands with that, as `INFO persistence` says.
    package func rewriting() throws -> BufferRewriting {
        let now = try info("persistence")
        if now["aof_rewrite_in_progress"] == "1" || now["aof_rewrite_scheduled"] == "1" { return .underWay }
        return now["aof_last_bgrewrite_status"] == "err" ? .failed : .done
    }

    /// Redis's `run_id`; empty where a managed server tells none, whose restarts are not noticed.
    package func run() async throws -> String { String(try info("server")["run_id"] ?? "") }

    /// How many entries, of all lanes, hold any of these texts, as they are or in payloads that can be opened.
    package func count(of texts: [[UInt8]], lanes: [Lane]) throws -> Int64 {
        let payloads = PayloadSearch(texts, dictionaries)
        var count: Int64 = 0
        for lane in lanes {
            var from = "-"
            while true {
                let page = try connection.command([
                    "XRANGE", .text(streamKey(lane)), .text(from), "+", "COUNT", .integer(Self.pageEntries),
                ])
                guard let entries = page.array, let last = entries.last?.array?.first?.text else { break }
                for entry in entries {
                    let values = entry.array?.last?.array ?? []
                    let isThere = values.compactMap(\.bytes).contains { value in
                        ByteSearch.holds(value, any: texts) || payloads.holds(value)
                    }
                    if isThere { count += 1 }
                }
                from = "(" + last
            }
        }
        return count
    }

    private func info(_ section: String) throws -> [Substring: Substring] {
        let text = try connection.command(["INFO", .text(section)]).text ?? ""
        let pairs = text.split(whereSeparator: \.isNewline).compactMap { line -> (Substring, Substring)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        return Dictionary(pairs) { first, _ in first }
    }
}

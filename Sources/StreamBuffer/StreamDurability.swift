package import Redis

/// The server settings on which "answered means on disk" stands, for `footfall doctor`.
package struct StreamDurability: Sendable, Equatable {
    /// `appendonly yes`.
    package let isAppendOnly: Bool
    /// `appendfsync`: `always` is what the guarantee needs.
    package let appendFsync: String
    /// `maxmemory-policy`: anything but `noeviction` may throw accepted events away.
    package let evictionPolicy: String
    /// `maxmemory` in bytes; 0 is unlimited.
    package let memoryMax: Int

    /// An answered append survives a power cut and is never evicted.
    package var isDurable: Bool { isAppendOnly && appendFsync == "always" && evictionPolicy == "noeviction" }

    /// Asks the server.
    package init(_ redis: RedisConnection) throws(RedisError) {
        let names = ["appendonly", "appendfsync", "maxmemory-policy", "maxmemory"]
        let replies = try redis.pipeline(names.map { ["CONFIG", "GET", .text($0)] })
        var values: [String] = []
        for reply in replies { values.append(try reply.get().array?.last?.text ?? "") }
        self.isAppendOnly = values[0] == "yes"
        self.appendFsync = values[1]
        self.evictionPolicy = values[2]
        self.memoryMax = Int(values[3]) ?? 0
    }
}

package import EventModel
package import Redis

/// What a lane's stream takes.
package struct StreamSize: Sendable, Equatable {
    /// As Redis accounts them.
    package var bytes = 0
    /// Batches that wait, and those that are committed and not trimmed yet.
    package var entries = 0

    /// Nothing.
    package init() {}

    /// Asks for these lanes. Blocking; some 5 us a lane.
    package static func read(_ lanes: [Lane], _ redis: RedisConnection) throws(RedisError) -> [Lane: StreamSize] {
        try decode(redis.pipeline(commands(lanes)), lanes)
    }

    static func commands(_ lanes: [Lane]) -> [[RedisArgument]] {
        lanes.flatMap { lane -> [[RedisArgument]] in
            let key = RedisArgument.text(StreamKey.events(lane))
            return [["MEMORY", "USAGE", key], ["XLEN", key]]
        }
    }

    static func decode(_ replies: [RedisReply], _ lanes: [Lane]) throws(RedisError) -> [Lane: StreamSize] {
        var sizes: [Lane: StreamSize] = [:]
        for (index, lane) in lanes.enumerated() {
            var size = StreamSize()
            size.entries = Int(try replies[2 * index + 1].get().integer ?? 0)
            // An emptied stream keeps its head; what Redis holds for it is no content.
            let bytes = try replies[2 * index].get().integer ?? 0
            size.bytes = size.entries == 0 ? 0 : Int(bytes)
            sizes[lane] = size
        }
        return sizes
    }
}

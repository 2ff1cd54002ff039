package import EventModel

/// Names of the keys in Redis. The braces make all keys of a lane live on one node of a Redis Cluster.
package enum StreamKey {
    /// The stream of a lane.
    package static func events(_ lane: Lane) -> String { "footfall:{\(lane)}:events" }
    /// 16 random bytes that the first reader leaves: another value, or none, is another Redis.
    static func incarnation(_ lane: Lane) -> String { "footfall:{\(lane)}:incarnation" }
    /// The first field of each entry: a batch's bytes.
    static let field = "b"
    /// The second: who wrote it, and its number. Entries of older gateways have none.
    static let stamp = "w"
}

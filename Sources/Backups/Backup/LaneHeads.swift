internal import Cryptography
internal import EventLog
internal import EventModel
internal import Postgres

/// Where the lanes of a log end.
enum LaneHeads {
    /// Of every lane that has an append, by lane.
    static func read(_ connection: PostgresConnection) throws -> [BackupManifest.LaneHead] {
        let lanes = try connection.query("select lane from registry.lane order by lane").map { $0.int16(0) }
        let writer = LogWriter(connection)
        return try lanes.compactMap { lane in
            let head = try writer.head(lane: lane)
            guard head.sequence > 0 else { return nil }
            return BackupManifest.LaneHead(
                lane: lane, sequence: head.sequence, position: head.position, hash: Hex.encode(head.hash),
                buffer: head.cursor?.incarnation.uuid,
                entry: head.cursor.map { "\($0.place.millis)-\($0.place.sequence)" })
        }
    }
}

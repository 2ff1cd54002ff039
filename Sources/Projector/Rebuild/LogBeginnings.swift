internal import EventLog
package import EventModel
package import Postgres

/// Where a rebuild begins: what the live read models know from before is lost by a switch.
package enum LogBeginnings {
    /// First kept positions of the lanes from which retention has dropped something.
    package static func all(on connection: PostgresConnection) throws -> [Lane: Position] {
        let log = LogReader(connection)
        var page = EventPage()
        var beginnings: [Lane: Position] = [:]
        for row in try connection.query("select distinct lane from log.dropped") {
            let lane = row.int16(0)
            try log.read(lane: lane, after: 0, limit: 1, into: &page)
            beginnings[lane] = try page.events.first?.position ?? log.head(lane: lane) + 1
        }
        return beginnings
    }
}

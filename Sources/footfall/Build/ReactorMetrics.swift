internal import Endpoints
internal import Postgres
internal import Reactors

extension ShopifySide {
    /// Work of the reactors as it stands in the database; nothing where that is away.
    static func samples(_ pool: PostgresPool) async -> [MetricSample] {
        let read = try? await pool.run { connection in  // `/health/ready` says that Postgres is away
            (
                counts: try ReactorDesk.counts(on: connection), lag: try ReactorDesk.lag(on: connection),
                requests: try connection.query(requests)[0]
            )
        }
        guard let read else { return [] }
        return [
            MetricSample(
                "footfall_privacy_requests_open", .gauge, "Requests of data subjects that are not ended.",
                value: Double(read.requests.int64(0))),
            MetricSample(
                "footfall_privacy_requests_overdue", .gauge, "Open requests of data subjects past their legal day.",
                value: Double(read.requests.int64(1))),
        ]
            + read.counts.map { count in
                MetricSample(
                    "footfall_reactor_tasks", .gauge, "Tasks of reactors by state; dead ones wait for a person.",
                    labels: [("reactor", count.reactor), ("state", count.state.rawValue)], value: Double(count.count))
            }
            + read.counts.filter { $0.state == .ready }.map { count in
                MetricSample(
                    "footfall_reactor_overdue_seconds", .gauge, "How late the latest task of a reactor is.",
                    labels: [("reactor", count.reactor)], value: Double(count.overdueMillis) / 1000)
            }
            + read.lag.sorted { $0.key < $1.key }.map { lane, events in
                MetricSample(
                    "footfall_reactor_lag_events", .gauge, "Events of a lane that reactors were not asked about yet.",
                    labels: [("lane", "\(lane)")], value: Double(events))
            }
    }

    private static let requests = """
        select count(*), count(*) filter (where due_at < now()) from privacy.request
        where state in ('received', 'working', 'failed')
        """
}

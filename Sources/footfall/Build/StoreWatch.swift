internal import Blocking
internal import Drain
internal import Endpoints
internal import EventLog
internal import EventModel
internal import Postgres
internal import Redis
internal import StreamBuffer

/// Looks at both stores for `/metrics`: whether they answer, what waits in the buffer and in the quarantine, and whether
/// everything that was received is accounted for.
actor StoreWatch {
    private let executor = BlockingExecutor(label: "footfall.watch")
    private let redis: RedisConnection
    private let postgres: PostgresConnection
    private let accounting: LogAccounting
    private let lanes: [Lane]
    private var last: (at: ContinuousClock.Instant, samples: [MetricSample])?

    /// Scrapes that come together share one look.
    private static let reuse = Duration.seconds(1)

    /// Contacts nobody yet. Both configurations are to give up before a scrape does.
    init(redis: RedisConfiguration, postgres: PostgresConfiguration, lanes: [Lane]) {
        self.redis = RedisConnection(redis)
        self.postgres = PostgresConnection(postgres)
        self.lanes = lanes
        // Beside what the database itself has checked of earlier appends; `footfall log stats` adds up all of them.
        accounting = LogAccounting(self.postgres, isFromNow: true)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// What the stores say; of one that is away only that.
    func samples() -> [MetricSample] {
        if let last, ContinuousClock.now - last.at < Self.reuse { return last.samples }
        let sizes = try? StreamSize.read(lanes, redis)  // any failure is an away
        let books = try? bookSamples(asking: sizes == nil ? nil : redis)  // the same
        let samples =
            [Self.up("redis", sizes != nil), Self.up("postgres", books != nil)] + Self.buffer(sizes ?? [:])
            + (books ?? [])
        last = (.now, samples)
        return samples
    }

    private func bookSamples(asking redis: RedisConnection?) throws(PostgresError) -> [MetricSample] {
        let balance = try BufferBalance(lanes: lanes, log: postgres, redis: redis)
        let difference = try accounting.report(lanes: lanes).difference + balance.lost
        let quarantined = try postgres.query(Self.openQuarantine)[0].int64(0)
        let rows: [(String, MetricSample.Kind, String, Int64)] = [
            (
                "footfall_accounting_difference", .gauge,
                "Events received and neither committed, duplicate, quarantined, refused nor in flight.", difference
            ),
            (
                "footfall_accounting_answered_total", .counter,
                "Events and refusals that the buffer had confirmed to all gateways, ever.", balance.answered
            ),
            (
                "footfall_accounting_in_flight_events", .gauge, "Of those, in the buffer and not in the log yet.",
                balance.inFlight
            ),
            (
                "footfall_accounting_lost_events", .gauge, "Of those, lost with the buffer; in the difference.",
                balance.lost
            ),
            ("footfall_quarantined_events", .gauge, "Events in quarantine, not replayed.", quarantined),
        ]
        return rows.map { MetricSample($0.0, $0.1, $0.2, value: Double($0.3)) }
    }

    private static func up(_ store: String, _ answers: Bool) -> MetricSample {
        MetricSample("footfall_\(store)_up", .gauge, "1 while the store answers.", value: answers ? 1 : 0)
    }

    private static func buffer(_ sizes: [Lane: StreamSize]) -> [MetricSample] {
        sizes.sorted { $0.key < $1.key }.flatMap { lane, size in
            let label = [("lane", "\(lane)")]
            return [
                MetricSample(
                    "footfall_buffer_bytes", .gauge, "Memory that the lane's buffer takes.", labels: label,
                    value: Double(size.bytes)),
                MetricSample(
                    "footfall_buffer_entries", .gauge, "Batches in the lane's buffer.", labels: label,
                    value: Double(size.entries)),
            ]
        }
    }

    private static let openQuarantine = "select count(*) from log.quarantine where replayed_at is null"
}

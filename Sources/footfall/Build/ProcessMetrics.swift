internal import Drain
internal import Endpoints
internal import EventModel
internal import Foundation
internal import Gateway
internal import Projector

/// The numbers of this process that `/metrics` shows beside the endpoints' own; names as in dashboards/operations.
struct ProcessMetrics: Sendable {
    let drain = DrainMetrics()
    let projector = ProjectorMetrics()

    func samples(gateway: Gateway?) -> [MetricSample] {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        return (gateway.map { Self.gateway($0.metrics.snapshot()) } ?? []) + drainSamples(now) + projectorSamples(now)
            + Self.process()
    }

    private static func gateway(_ snapshot: GatewayMetrics.Snapshot) -> [MetricSample] {
        let outcomes = [
            ("accepted", snapshot.accepted), ("duplicate", snapshot.duplicate), ("conflict", snapshot.conflict),
            ("refused", snapshot.refused.values.reduce(0, +)),
        ]
        return [
            MetricSample(
                "footfall_gateway_received_total", .counter, "Events that came in, whatever became of them.",
                value: Double(snapshot.received)),
            MetricSample(
                "footfall_gateway_inflight_events", .gauge, "Events accepted and not yet durable.",
                value: Double(snapshot.inFlight)),
            MetricSample(
                "footfall_gateway_connections", .gauge, "Open connections.", value: Double(snapshot.connections)),
            MetricSample(
                "footfall_gateway_batches_total", .counter, "Batches appended.", value: Double(snapshot.batches)),
        ]
            + outcomes.map {
                MetricSample(
                    "footfall_gateway_events_total", .counter, "Events by outcome.",
                    labels: [("outcome", $0.0)], value: Double($0.1))
            }
            + DropReason.allCases.filter { !$0.isQuarantine }.map {
                MetricSample(
                    "footfall_gateway_refused_total", .counter, "Refused events by reason.",
                    labels: [("reason", $0.name)], value: Double(snapshot.refused[$0] ?? 0))
            } + append(snapshot.append)
    }

    /// The append latency as a Prometheus histogram, in seconds.
    private static func append(_ histogram: Histogram) -> [MetricSample] {
        let help = "Time from the flush of a batch to its durability."
        var count = 0
        var samples = zip(histogram.bounds, histogram.counts).map { bound, inside in
            count += inside
            return MetricSample(
                "footfall_gateway_append_seconds_bucket", .histogram, help, labels: [("le", "\(bound / 1000)")],
                value: Double(count))
        }
        samples.append(
            MetricSample(
                "footfall_gateway_append_seconds_bucket", .histogram, help, labels: [("le", "+Inf")],
                value: Double(histogram.count)))
        samples.append(
            MetricSample("footfall_gateway_append_seconds_sum", .histogram, help, value: histogram.sum / 1000))
        samples.append(
            MetricSample("footfall_gateway_append_seconds_count", .histogram, help, value: Double(histogram.count)))
        return samples
    }

    private func drainSamples(_ now: Int64) -> [MetricSample] {
        drain.snapshot(nowMillis: now).sorted { $0.key < $1.key }.flatMap { lane, counters in
            let label = [("lane", "\(lane)")]
            let outcomes = [
                ("committed", counters.committed), ("duplicate", counters.duplicate),
                ("quarantined", counters.quarantined), ("refused", counters.refused),
            ]
            return [
                MetricSample(
                    "footfall_drain_lag_seconds", .gauge, "Age of the oldest event in the buffer.", labels: label,
                    value: counters.lagSeconds),
                MetricSample(
                    "footfall_log_position", .gauge, "Position of the lane's last event.", labels: label,
                    value: Double(counters.head)),
                MetricSample(
                    "footfall_drain_resets_total", .counter, "Times the buffer came back empty or older.",
                    labels: label,
                    value: Double(counters.resets)),
                MetricSample(
                    "footfall_drain_failures_total", .counter, "Appends that failed and were tried again.",
                    labels: label, value: Double(counters.failures)),
            ]
                + outcomes.map {
                    MetricSample(
                        "footfall_drain_events_total", .counter, "Events drained, by outcome.",
                        labels: label + [("outcome", $0.0)], value: Double($0.1))
                }
        }
    }

    private func projectorSamples(_ now: Int64) -> [MetricSample] {
        projector.figures.sorted { $0.key < $1.key }.flatMap { lane, figures in
            let label = [("lane", "\(lane)")]
            return [
                MetricSample(
                    "footfall_projection_position", .gauge, "Position that all read models hold.", labels: label,
                    value: Double(figures.position)),
                MetricSample(
                    "footfall_projection_lag_seconds", .gauge, "Age of the last projected event while behind.",
                    labels: label, value: projector.lagSeconds(lane: lane, nowMillis: now)),
                MetricSample(
                    "footfall_projection_events_total", .counter, "Events projected.", labels: label,
                    value: Double(figures.eventsTotal)),
                MetricSample(
                    "footfall_projection_failures_total", .counter, "Batches rolled back and begun again.",
                    labels: label, value: Double(figures.failuresTotal)),
                MetricSample(
                    "footfall_projection_waiting_total", .counter, "Events that wait for a visitor's bad event.",
                    labels: label, value: Double(figures.waitingTotal)),
            ]
        }
    }

    /// Resident memory, by the kernel.
    private static func process() -> [MetricSample] {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        guard fields.count > 1, let pages = Double(fields[1]) else { return [] }  // no /proc: nothing to show
        return [
            MetricSample(
                "footfall_process_resident_memory_bytes", .gauge, "Resident memory.",
                value: pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        ]
    }
}

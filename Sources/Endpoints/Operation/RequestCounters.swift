internal import Synchronization

/// Counts requests by route and status, and their time by route.
final class RequestCounters: Sendable {
    private struct Key: Hashable {
        var route: String
        var method: String
        var status: Int
    }

    private struct State {
        var requests: [Key: Int] = [:]
        var times: [String: Times] = [:]
        var unchanged = 0
    }

    /// Of one route: how many took at most as long as each bound, and all of them.
    private struct Times {
        var inside = Array(repeating: 0, count: RequestCounters.bounds.count)
        var count = 0
        var seconds = 0.0

        mutating func add(_ seconds: Double) {
            for (index, bound) in RequestCounters.bounds.enumerated() where seconds <= bound { inside[index] += 1 }
            count += 1
            self.seconds += seconds
        }
    }

    /// Seconds: from an answer out of memory to one that somebody waits for.
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let state = Mutex(State())

    /// Notes one answered request. `route` is the pattern, never the path.
    func count(route: String, method: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.requests[Key(route: route, method: method, status: status), default: 0] += 1
            state.times[route, default: Times()].add(seconds)
        }
    }

    /// The numbers so far.
    var samples: [MetricSample] {
        let state = state.withLock { $0 }
        let requests = state.requests.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }.map {
            MetricSample(
                "footfall_http_requests_total", .counter, "Requests answered by the endpoints.",
                labels: [("route", $0.key.route), ("method", $0.key.method), ("status", String($0.key.status))],
                value: Double($0.value))
        }
        return requests + state.times.sorted { $0.key < $1.key }.flatMap { Self.histogram($0.key, $0.value) }
    }

    private static func histogram(_ route: String, _ times: Times) -> [MetricSample] {
        func sample(_ series: String, _ labels: [(name: String, value: String)] = [], _ value: Double) -> MetricSample {
            MetricSample(
                "footfall_http_request_seconds_\(series)", .histogram, "Time until the answer's head, by route.",
                labels: [("route", route)] + labels, value: value)
        }
        return zip(bounds, times.inside).map { sample("bucket", [("le", "\($0)")], Double($1)) } + [
            sample("bucket", [("le", "+Inf")], Double(times.count)), sample("sum", [], times.seconds),
            sample("count", [], Double(times.count)),
        ]
    }
}

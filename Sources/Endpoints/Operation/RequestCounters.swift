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
        var seconds: [String: Double] = [:]
        var unchanged = 0
    }

    private let state = Mutex(State())

    /// Notes one answered request. `route` is the pattern, never the path.
    func count(route: String, method: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.requests[Key(route: route, method: method, status: status), default: 0] += 1
            state.seconds[route, default: 0] += seconds
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
        let seconds = state.seconds.sorted { $0.key < $1.key }.map {
            MetricSample(
                "footfall_http_request_seconds_total", .counter, "Time spent until the answer's head, by route.",
                labels: [("route", $0.key)], value: $0.value)
        }
        return requests + seconds
    }
}

internal import HTTPTypes
internal import Hummingbird
internal import Postgres
internal import ReadModels

/// Health and metrics, for whoever runs this.
struct OperationRoutes: Sendable {
    let dependencies: EndpointDependencies
    let counters: RequestCounters
    let streams: OpenStreams

    /// All of them.
    var routes: [Route] { [live, ready, metrics] }

    private var live: Route {
        Route(
            method: .get, path: "/health/live", group: "Operation", summary: "Is the process there",
            text: "Asks nobody else.", answers: [Route.Answer(schema: "Health", text: "It is.")],
            handler: { _, _ in Self.json(.ok, Array("{\"status\":\"pass\"}".utf8)) })
    }

    private var ready: Route {
        Route(
            method: .get, path: "/health/ready", group: "Operation", summary: "Can it do its work",
            text: "Each dependency, and how far the read models are behind the log.",
            answers: [
                Route.Answer(schema: "Health", text: "It can."),
                Route.Answer(status: 503, schema: "Health", text: "It cannot; the checks say why."),
            ],
            handler: { _, _ in
                let checks = await Self.outcomes([postgres, projections] + dependencies.healthChecks)
                let passes = checks.allSatisfy { if case .pass = $0.1 { true } else { false } }
                return Self.json(passes ? .ok : .serviceUnavailable, Self.json(checks, passes))
            })
    }

    private var metrics: Route {
        Route(
            method: .get, path: "/metrics", group: "Operation", summary: "Numbers for Prometheus",
            text: "Text format, prefix `footfall_`.",
            answers: [Route.Answer(type: PrometheusText.type, text: "The numbers.")],
            handler: { _, _ in
                // Where Postgres is away the lag is unknown, and the other numbers still tell.
                async let lags = try? dependencies.pool.run { try ProjectionLag.read($0) }
                var samples = counters.samples
                samples.append(
                    MetricSample(
                        "footfall_query_cache_bytes", .gauge, "Memory that the columns of sessions take.",
                        value: Double(dependencies.engine.cacheBytes)))
                samples.append(
                    MetricSample(
                        "footfall_streams_open", .gauge, "Open event streams.", value: Double(streams.number)))
                for source in dependencies.samples { samples += await source() }
                samples += await lags?.flatMap(Self.samples) ?? []
                return Response(
                    status: .ok, headers: [.contentType: PrometheusText.type, .cacheControl: "no-store"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: PrometheusText.write(samples))))
            })
    }

    private static func samples(_ lag: ProjectionLag) -> [MetricSample] {
        let labels = [("projection", lag.model), ("lane", String(lag.lane))].map { (name: $0.0, value: $0.1) }
        return [
            MetricSample(
                "footfall_projection_lag_events", .gauge, "Events in the log that the read model lacks.",
                labels: labels,
                value: Double(lag.events)),
            MetricSample(
                "footfall_projection_lag_seconds", .gauge, "How long the oldest of them has waited.", labels: labels,
                value: lag.seconds),
        ]
    }

    private var postgres: HealthCheck {
        let pool = dependencies.pool
        return HealthCheck("postgres") {
            _ = try await pool.run { try $0.query("select 1") }
            return .pass()
        }
    }

    private var projections: HealthCheck {
        let pool = dependencies.pool
        return HealthCheck("projections") {
            let worst = try await pool.run { try ProjectionLag.read($0) }.max { $0.seconds < $1.seconds }
            guard let worst else { return .pass("nothing in the log yet") }
            let words = "\(worst.model) is \(worst.events) events and \(worst.seconds.rounded()) s behind"
            return worst.seconds > ProjectionLag.secondsMax ? .fail(words) : .pass(words)
        }
    }

    /// In the order of the checks, which are asked side by side: what hangs costs its own patience only.
    private static func outcomes(_ checks: [HealthCheck]) async -> [(String, HealthCheck.Outcome)] {
        await withTaskGroup { group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await outcome(check)) } }
            var found: [(String, HealthCheck.Outcome)?] = Array(repeating: nil, count: checks.count)
            for await (index, outcome) in group { found[index] = (checks[index].name, outcome) }
            return found.compactMap(\.self)
        }
    }

    /// `query_canceled`: here by the statement's own time limit.
    private static let timedOut = "57014"

    private static func outcome(_ check: HealthCheck) async -> HealthCheck.Outcome {
        do {
            return try await check.ask()
        } catch let error as PostgresError where error.isConnectionLost {
            return .fail("Postgres cannot be reached")
        } catch let error as PostgresError where error.sqlState == timedOut {
            return .fail("Postgres took too long: a table may be locked, or the server busy")
        } catch let error as PostgresError {
            // Its message may quote what was asked for.
            return .fail("Postgres refused: \(error.sqlState.isEmpty ? "\(error.code)" : error.sqlState)")
        } catch {
            return .fail("failed by \(type(of: error))")
        }
    }

    private static func json(_ checks: [(String, HealthCheck.Outcome)], _ passes: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("status", passes ? "pass" : "fail")
            writer.member("checks") { writer in
                writer.array(checks) { writer, check in
                    writer.object { writer in
                        writer.member("name", check.0)
                        switch check.1 {
                        case .pass(let words):
                            writer.member("status", "pass")
                            writer.member("detail", words)
                        case .fail(let words):
                            writer.member("status", "fail")
                            writer.member("detail", words)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func json(_ status: HTTPResponse.Status, _ bytes: [UInt8]) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

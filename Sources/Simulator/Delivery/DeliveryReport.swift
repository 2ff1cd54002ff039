/// What the server answered.
package struct DeliveryReport: Codable, Sendable, Equatable {
    /// Requests answered for good.
    package var requests = 0
    /// Requests sent again, after 429, 503 or a lost connection.
    package var retries = 0
    /// Those of the retries whose first try may have been taken although its answer was lost.
    package var uncertainRetries = 0
    /// Answers by status, retried ones included.
    package var statuses: [String: Int] = [:]
    /// Results of single pixel events by status, from the answers that list them.
    package var results: [String: Int] = [:]
    /// Reasons given for events that were not accepted.
    package var reasons: [String: Int] = [:]

    mutating func merge(_ other: DeliveryReport) {
        self.requests += other.requests
        self.retries += other.retries
        self.uncertainRetries += other.uncertainRetries
        self.statuses.merge(other.statuses, uniquingKeysWith: +)
        self.results.merge(other.results, uniquingKeysWith: +)
        self.reasons.merge(other.reasons, uniquingKeysWith: +)
    }
}

/// Whether to send a request again. Pure: the sender waits as it is told.
struct RetryPolicy: Sendable {
    enum Action: Equatable {
        case done
        case retry(afterMillis: Int)
        case fail(SimulatorError.Code)
    }

    private var attempts = 0

    mutating func on(_ response: IncomingResponse) -> Action {
        switch response.status {
        case 200..<300: return .done
        case 429, 503: return self.again(atLeast: (response.retryAfterSeconds ?? 0) * 1000)
        default: return .fail(.refused(status: response.status))
        }
    }

    mutating func onLostConnection() -> Action { self.again(atLeast: 0) }

    private mutating func again(atLeast millis: Int) -> Action {
        self.attempts += 1
        guard self.attempts < RetryPolicy.attemptsMax else { return .fail(.unavailable) }
        let backoff = RetryPolicy.firstWaitMillis << min(self.attempts - 1, 8)
        return .retry(afterMillis: min(max(millis, backoff), RetryPolicy.waitMaxMillis))
    }

    /// With the waits below this is some minutes, longer than a restart of the server takes.
    private static let attemptsMax = 40
    private static let firstWaitMillis = 20
    /// A server that asks for more than a minute gets asked once a minute.
    private static let waitMaxMillis = 60_000
}

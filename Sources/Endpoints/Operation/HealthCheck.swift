/// One question of `/health/ready`.
package struct HealthCheck: Sendable {
    /// The answer to it.
    package enum Outcome: Sendable, Equatable {
        case pass(String = "")
        case fail(String)
    }

    /// Shown in the answer; lower case.
    package let name: String
    /// Asks; an error is a failure.
    package let ask: @Sendable () async throws -> Outcome

    /// Names a question. The words of an outcome are shown to everybody: no addresses, no secrets.
    package init(_ name: String, ask: @escaping @Sendable () async throws -> Outcome) {
        self.name = name
        self.ask = ask
    }
}

internal import Foundation
internal import Logging
internal import PrivateStores
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// Begins the end at SIGTERM or SIGINT, and sees to it that it comes: five seconds are promised, whatever stands still.
///
/// What has not ended after the roles' time waits for a store. Private stores are ended then, which lets go of whoever
/// waits for them; others' are left alone, and the process ends without those that wait. Nothing that was answered is
/// lost by it: a 2xx means durable, and the rest is done again at the next start.
///
/// Stands last in the outermost group, so that it hears first of an end that has another cause.
struct StopDeadline: Service {
    let logger: Logger
    /// Nil where the stores are others'.
    var stores: PrivateStores?

    /// Roles have been cancelled by then (`ServiceGroupConfiguration.footfall`) and had a moment to notice.
    private static let rolesMax: Duration = .milliseconds(3100)
    /// Of the five seconds, less what a busy machine takes to notice that a process is gone.
    private static let endMax: Duration = .milliseconds(4500)

    func run() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var wasAsked = false
        for await _ in signals.cancelOnGracefulShutdown() {
            wasAsked = true
            break
        }
        let (status, asked): (Int32, _) = (wasAsked ? 0 : 1, ContinuousClock.now)
        // A thread of its own: all others may be waiting for what stands still. It holds on to the signals: a second one
        // would leave private stores behind.
        Thread.detachNewThread { withExtendedLifetime(signals) { enforce(since: asked, status) } }
    }

    private func enforce(since asked: ContinuousClock.Instant, _ status: Int32) {
        if let stores {
            Self.sleep(until: asked + Self.rolesMax)
            stores.requestStop()
            Self.sleep(until: asked + PrivateStores.stopMax)
            let killed = stores.kill().map(\.rawValue)
            if !killed.isEmpty {
                logger.warning("a store did not stop in time and is stopped hard", metadata: ["stores": "\(killed)"])
            }
        }
        Self.sleep(until: asked + Self.endMax)
        let (names, failure) = RunningServices.left()
        var metadata: Logger.Metadata = ["not_waited_for": "\(names.joined(separator: ", "))"]
        if let failure { metadata["error"] = "\(failure)" }
        logger.warning("the end waits no longer; what was answered 2xx is durable", metadata: metadata)
        _exit(status)
    }

    private static func sleep(until instant: ContinuousClock.Instant) {
        let left = ContinuousClock.now.duration(to: instant)
        if left > .zero { Thread.sleep(forTimeInterval: left / .seconds(1)) }
    }
}

/// Which services of this process have not ended yet, and why the first failed that did.
enum RunningServices {
    private struct State {
        var names: [String] = []
        var failure: String?
    }

    private static let state = Mutex(State())

    /// Runs a service and keeps the books.
    static func run(_ service: any Service, as name: String) async throws {
        state.withLock { $0.names.append(name) }
        defer {
            state.withLock { state in
                if let index = state.names.firstIndex(of: name) { state.names.remove(at: index) }
            }
        }
        do {
            try await service.run()
        } catch {
            let reason = (error as? CommandFailure)?.message ?? "\(error)"
            state.withLock { $0.failure = $0.failure ?? "\(name): \(reason)" }
            throw error
        }
    }

    static func left() -> (names: [String], failure: String?) { state.withLock { ($0.names, $0.failure) } }
}

/// A service that is in the books.
struct BookedService: Service {
    let service: any Service
    /// Its type alone: its value holds keys.
    var name: String { "\(type(of: service))" }

    func run() async throws { try await RunningServices.run(service, as: name) }
}

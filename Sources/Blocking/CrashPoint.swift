internal import Glibc
internal import Synchronization

/// Named places where a crash test can end the process, as a power cut would.
///
/// `FOOTFALL_CRASH_AT=log.commit.before:3` kills the process (SIGKILL, nothing is flushed or unwound) when that point
/// is passed for the third time. The points are compiled in always, so that what is tested is what runs; unset, one
/// costs an atomic load. This is the one place outside the composition root that reads the environment, because a crash
/// is the process's own and belongs to no component.
///
/// Points on the way in: `stream.xadd.before`, `stream.xadd.after`, `log.copy.before`, `log.copy.after`,
/// `log.batch.before`, `log.batch.after`, `log.commit.before`, `log.commit.after`, `drain.trim.before`,
/// `drain.trim.after`.
///
/// Points of retention: `retention.drop.before`, `retention.drop.after`, both before the commit.
package enum CrashPoint {
    /// Kills the process if this is the point, and the passing, that the environment asks for.
    package static func pass(_ point: StaticString) {
        guard let armed else { return }
        armed.pass(point)
    }

    private static let armed: Armed? = {
        guard let text = unsafe getenv("FOOTFALL_CRASH_AT") else { return nil }
        return Armed(unsafe String(cString: text))
    }()
}

/// A crash that was asked for: `name:n`.
private final class Armed: Sendable {
    private let name: String
    private let passingsLeft: Atomic<Int>

    init?(_ text: String) {
        let parts = text.split(separator: ":")
        let passing = parts.count == 2 ? Int(parts[1]) : 1
        guard let name = parts.first, let passing, passing > 0 else { return nil }
        self.name = String(name)
        self.passingsLeft = Atomic(passing)
    }

    func pass(_ point: StaticString) {
        guard point.description == name else { return }
        if passingsLeft.subtract(1, ordering: .relaxed).newValue == 0 { kill(getpid(), SIGKILL) }
    }
}

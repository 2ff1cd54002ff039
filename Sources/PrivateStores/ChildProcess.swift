internal import FoundationEssentials
internal import Glibc

/// One process of a store: a child of ours, or one adopted from before.
package struct ChildProcess: Sendable {
    /// Its number.
    package let id: Int32
    /// Started by us, not adopted.
    let isChild: Bool

    /// A process that lives already and is no child of ours.
    init(adopting id: Int32) {
        self.id = id
        self.isChild = false
    }

    init(child id: Int32) {
        self.id = id
        self.isChild = true
    }

    /// True while it runs. A child that has ended is taken note of, so that it does not stay as a zombie.
    package var isAlive: Bool {
        if isChild {
            var status: Int32 = 0
            return unsafe waitpid(id, &status, WNOHANG) == 0
        }
        return Glibc.kill(id, 0) == 0 && Self.state(of: id) != "Z"
    }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        if isAlive { _ = Glibc.kill(id, number) }
    }

    /// Waits for its end; false when it still runs after `limit`.
    package func awaitExit(_ limit: Duration) -> Bool {
        let deadline = ContinuousClock.now + limit
        while isAlive {
            if ContinuousClock.now >= deadline { return false }
            usleep(PrivateStores.pollMicroseconds)
        }
        return true
    }

    /// What the process was called with, nil when it is gone.
    static func commandLine(of id: Int32) -> [String]? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"), !bytes.isEmpty else {
            return nil
        }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The processes it has started and that live.
    func children() -> [ChildProcess] {
        let path = "/proc/\(id)/task/\(id)/children"
        let numbers = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return numbers.split(separator: " ").compactMap { Int32($0) }.map(ChildProcess.init(adopting:))
    }

    private static func state(of id: Int32) -> Character? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.lastIndex(of: ")").flatMap { text[$0...].dropFirst(2).first }
    }
}

internal import Foundation
internal import Synchronization

/// Progress of long work: a bar that redraws itself on a terminal, a line now and then elsewhere.
final class ProgressLine: Sendable {
    private let title: String
    private let interactive = Terminal.isInteractive
    private let lastShown = Mutex<(at: ContinuousClock.Instant, percent: Int)?>(nil)

    /// A log file wants a line at most this often.
    private static let quietInterval: Duration = .seconds(5)
    private static let drawInterval: Duration = .milliseconds(100)
    private static let barWidth = 32

    init(_ title: String) { self.title = title }

    func show(_ done: Int, of total: Int) {
        guard total > 0 else { return }
        let percent = min(100, done * 100 / total)
        let now = ContinuousClock.now
        let due = lastShown.withLock { shown in
            let interval = interactive ? Self.drawInterval : Self.quietInterval
            if let shown, percent < 100 || shown.percent == 100, now - shown.at < interval { return false }
            if let shown, shown.percent == 100 { return false }
            shown = (now, percent)
            return true
        }
        guard due else { return }
        guard interactive else { return LogOutput.tell("\(title): \(percent)% (\(done) of \(total))") }
        let filled = Self.barWidth * percent / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
        let end = percent == 100 ? "\n" : ""
        Terminal.write(Data("\r\(title) \(bar) \(percent)%\(end)".utf8), to: .standardError)
    }
}

package import Logging
internal import ServiceLifecycle

/// Flushes announcements now and then, for those whose process ended before it had done so.
package struct AnnouncementService: Service {
    /// A rest is rare; a merchant who waits for the reactors should not notice.
    private static let pauseSeconds = 5

    private let announcements: Announcements
    private let logger: Logger

    /// Does nothing before it runs.
    package init(_ announcements: Announcements, logger: Logger) {
        self.announcements = announcements
        self.logger = logger
    }

    /// Runs until graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await announcements.flush()
                } catch {
                    logger.warning("announcements wait", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(Self.pauseSeconds))  // cancelled: the loop sees it
            }
        }
    }
}

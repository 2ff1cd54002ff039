internal import DataSubjects
internal import Logging
internal import Privacy
internal import ServiceLifecycle

/// Has erased what the fence of this process learned too late: handles that webhooks named beside a fenced one. A process
/// that is killed forgets what it learned within the last second; the next event that names both says it again.
struct FenceLinkKeeper: Service {
    let fence: Fence
    let desk: LinkDesk
    let logger: Logger

    /// The process itself keeps nothing of the handles from the moment it meets them; the others are told by this.
    private static let interval = Duration.seconds(1)

    /// Runs until shutdown, and once more then: list it before whatever takes events in, which ends first.
    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await pass()
                try? await Task.sleep(for: Self.interval)  // cancelled: the loop sees it
            }
        }
        await pass()
    }

    /// Brings on what was noted; what fails is kept for the next pass.
    private func pass() async {
        for link in fence.takeLinks() {
            do {
                try await desk.ask(link)
            } catch {
                fence.giveBack([link])
                logger.warning("a link is not written down yet", metadata: ["error": "\(error)"])
            }
        }
    }
}

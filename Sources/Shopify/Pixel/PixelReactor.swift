internal import EventModel
package import Reactors
internal import Recorder

/// Activates the web pixel of a shop that installs the app, and looks after it daily: an extension that was not
/// released yet may be by then, and a merchant may have removed the pixel.
package struct PixelReactor: Reactor {
    /// Keys begin with it after an installation.
    private static let installed = "pixel"
    /// Keys of daily looks begin with it.
    private static let chain = "pixel.daily"

    private let pixels: PixelActivator
    private let shops: ShopDirectory
    private let nowMillis: @Sendable () -> Int64

    /// Contacts nobody yet.
    package init(pixels: PixelActivator, shops: ShopDirectory, nowMillis: @escaping @Sendable () -> Int64) {
        self.pixels = pixels
        self.shops = shops
        self.nowMillis = nowMillis
    }

    /// Stored with its tasks.
    package var name: String { "pixel" }

    /// Installations, and changes of what the merchant grants.
    package var interests: [EventInterest] {
        [
            EventInterest(.system, SystemEventName.shopInstalled.rawValue),
            EventInterest(.system, SystemEventName.shopScopesChanged.rawValue),
        ]
    }

    /// A look at the pixel.
    package func tasks(for event: ReactorEvent) -> [NewTask] {
        let isInstallation = event.name == SystemEventName.shopInstalled.rawValue
        return [NewTask(reactor: name, key: (isInstallation ? Self.installed : "pixel.scopes") + ":\(event.place)")]
    }

    /// Activates it and says what came of it. A state that only a person can change is no failure of the task: it is
    /// shown, and looked at again the next day.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        guard try await shops.active(task.shop) != nil else { return .done }
        let now = nowMillis()
        let next = try await shops.nextDay(task, chain: Self.chain, nowMillis: now)
        // Who removed it on purpose wants it back with a new installation only.
        if !task.key.hasPrefix(Self.installed + ":"), try await pixels.status(of: task.shop)?.state == .deleted {
            return .done(TaskEffects(next: [next]))
        }
        let before = try await pixels.status(of: task.shop)
        let outcome = try await pixels.activate(task.shop)
        var results: [TaskResult] = []
        if let event = Self.event(outcome, before: before) {
            results = [.event(event.0, event.1, identity: "pixel:\(task.id):\(task.claim)", at: now)]
        }
        return .done(TaskEffects(results: results, next: [next]))
    }

    /// The next day's look.
    package func next(afterGivingUp task: ReactorTask) async throws -> [NewTask] {
        guard try await shops.active(task.shop) != nil else { return [] }
        return [try await shops.nextDay(task, chain: Self.chain, nowMillis: nowMillis())]
    }

    private struct Payload: Encodable {
        var version: Int?
        var state: String?
        var message: String?
    }

    private static func event(
        _ outcome: PixelActivator.Outcome, before: PixelStatus?
    ) -> (SystemEventName, Payload)? {
        let status = outcome.status
        switch outcome.action {
        case "created", "taken_over": return (.pixelActivated, Payload(version: status.version))
        case "updated": return (.pixelUpdated, Payload(version: status.version))
        case "failed" where before?.state != status.state:
            return (.pixelFailed, Payload(state: status.state.rawValue, message: status.message))
        default: return nil
        }
    }
}

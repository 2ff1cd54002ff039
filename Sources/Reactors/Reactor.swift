package import EventModel

/// Acts in answer to events. What an event asks for becomes a task at once, in the transaction that notes the event as
/// seen; the task runs later, with retries, and its results are recorded as events.
package protocol Reactor: Sendable {
    /// Stored with its tasks; never changes.
    var name: String { get }
    /// The events it is asked about; empty for one whose tasks only others make.
    var interests: [EventInterest] { get }
    /// It is also asked about webhooks and history of any kind that link handles to an erased person (`ReactorEvent.isLink`).
    var followsLinks: Bool { get }
    /// What an event of its interests asks for. Pure: the same event gives the same tasks.
    func tasks(for event: ReactorEvent) -> [NewTask]
    /// Does the work. A task may run again after its effect, when its runner ended before the outcome was written, so
    /// the effect has to bear repetition. An error that is thrown counts as a failure that may pass.
    func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome
    /// What goes on although this task was given up: a schedule does, because what stood in the way today may be gone
    /// tomorrow. Inserted with the dead letter, or neither is.
    func next(afterGivingUp task: ReactorTask) async throws -> [NewTask]
}

extension Reactor {
    /// Most tasks stand alone.
    package func next(afterGivingUp task: ReactorTask) async throws -> [NewTask] { [] }

    /// Only one reactor forgets persons.
    package var followsLinks: Bool { false }

    /// It is to be asked about this event.
    func wants(_ event: ReactorEvent) -> Bool {
        interests.contains(EventInterest(event.header.source, event.name))
            || (followsLinks && event.isLink)
    }
}

/// A kind of event.
package struct EventInterest: Sendable, Hashable {
    /// Where it comes from.
    package let source: EventSource
    /// Its name or topic.
    package let name: String

    /// A kind of event.
    package init(_ source: EventSource, _ name: String) {
        self.source = source
        self.name = name
    }
}

/// An event as a reactor sees it: sealed fields stay sealed.
package struct ReactorEvent: Sendable {
    /// Its lane.
    package let lane: Lane
    /// Its place in the lane.
    package let position: Position
    /// What the log keeps in columns.
    package let header: EventHeader
    /// Its name or topic.
    package let name: String
    /// Its JSON.
    package let payload: [UInt8]
    /// Its sealed head names handles and has no field: nothing is kept of it, and they are an erased person's (Privacy's
    /// `FenceLink`), or those of a request of a data subject.
    package let isLink: Bool

    /// An event.
    package init(
        lane: Lane, position: Position, header: EventHeader, name: String, payload: [UInt8], isLink: Bool = false
    ) {
        self.isLink = isLink
        self.lane = lane
        self.position = position
        self.header = header
        self.name = name
        self.payload = payload
    }

    /// The shop it belongs to.
    package var shop: ShopID { header.shop }
    /// Names this one event among all, for the keys of tasks.
    package var place: String { "\(lane):\(position)" }
}

/// Where a task that runs long leaves word of how far it is.
package protocol TaskProgress: Sendable {
    /// Replaces the task's payload, so that whoever takes it over goes on from there. Throws when the task has been
    /// taken over already.
    func save(_ payload: some Encodable & Sendable) async throws
}

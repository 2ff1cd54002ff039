internal import EventModel
internal import Reactors

/// The payload of a request's task: where the request is written, nothing of what it says.
struct PrivacyTask: Codable {
    /// The request's UUID, of those that people made.
    var request: String?
    /// The webhook's place in the lane.
    var position: Position?

    static func task(for request: SubjectRequest) -> NewTask {
        NewTask(
            reactor: ReactorDesk.privacyReactor, key: "\(ReactorDesk.privacyReactor):\(request.id.uuid)",
            encoding: PrivacyTask(request: request.id.uuid))
    }

    static func task(for event: ReactorEvent) -> NewTask {
        NewTask(
            reactor: ReactorDesk.privacyReactor, key: "\(ReactorDesk.privacyReactor):\(event.place)",
            encoding: PrivacyTask(position: event.position))
    }
}

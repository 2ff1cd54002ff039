internal import EventModel
internal import ReadModels
internal import Recorder

extension RequestWork {
    /// Says in the log that a person asked, for whom and what stays out of it.
    func announce() async throws -> RequestFlow.StepEnd {
        guard request.origin != .webhook else { return .done }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("request", request.id.uuid)
            writer.member("kind", request.kind.rawValue)
            writer.member("origin", request.origin.rawValue)
        }
        try await record(.privacyRequested, writer.bytes, identity: request.id.uuid, at: request.askedAt)
        return .done
    }
}

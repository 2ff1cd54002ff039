internal import EventModel
internal import ReadModels
internal import Recorder

extension RequestWork {
    /// Says in the log that a person asked, and who that was; whom it is about stays out of it. A webhook that names nobody is for people
    /// to look at: nothing may be signed that says it was carried out.
    func announce() async throws -> RequestFlow.StepEnd {
        guard request.kind == .shopErasure || !request.asked.isEmpty else {
            throw SubjectFailure(
                "the request names nobody (no customer id, e-mail, phone or order)", isPermanent: true)
        }
        guard request.origin != .webhook else { return .done }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("request", request.id.uuid)
            writer.member("kind", request.kind.rawValue)
            writer.member("origin", request.origin.rawValue)
            if let reader = request.askedBy { writer.member("reader", reader) }
        }
        try await record(
            .system(
                .privacyRequested, payload: writer.bytes, occurredAt: request.askedAt, identity: request.id.uuid))
        return .done
    }
}

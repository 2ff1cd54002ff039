internal import EventLog
internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Recorder

extension RequestWork {
    /// Gathers everything that is held of the person, seals it for the merchant, and says so in the log. Gathered again
    /// after a crash, it has another key and another link.
    ///
    /// An erasure may run beside it and has, once its fence is up, no second look at what is stored after its own. So what
    /// was gathered is stored under the lane's lock, and only where nothing of it was fenced meanwhile.
    func gather() async throws -> RequestFlow.StepEnd {
        if let wait = try await awaitSubjects() { return wait }
        let (parts, request, now) = (parts, request, parts.nowMillis())
        let events = try await parts.pool.run { connection -> Int? in
            let fence = try FenceTable.newest(of: request.shop, on: connection)
            guard let context = try ShopContext.find(request.shop.shop, vault: parts.vault, on: connection) else {
                throw SubjectFailure("the shop has no key any more", isPermanent: true)
            }
            let reader = PersonReader(connection, context, request.shop, parts.dictionaries)
            let person = try reader.trace(request.asked, .all)
            var subject = ExportSubject(
                request: request.id, reference: request.reference, askedAt: request.askedAt, shop: request.shop,
                domain: request.domain, handles: person.handles + person.unlinked, positions: person.positions)
            subject.unfollowed = person.unfollowed
            var gatherer = ExportGatherer(subject, context: context, dictionaries: parts.dictionaries, on: connection)
            let export = try gatherer.gather(nowMillis: now)
            return try connection.transaction {
                try LaneLock.hold(request.shop.lane, on: connection)
                let handles = request.asked + person.handles + person.unlinked
                guard try !FenceTable.holds(handles, of: request.shop, after: fence, on: connection) else { return nil }
                try ExportTable.store(export, request: request.id, context: context, nowMillis: now, on: connection)
                _ = try connection.query(
                    "update privacy.request set found_handles = $2 where id = $1",
                    [RequestTable.id(request.id), .bytes(Handle.packed(person.handles + person.unlinked))])
                return export.events
            }
        }
        guard let events else { return .wait(Self.lookEvery) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("request", request.id.uuid)
            writer.member("events", Int64(events))
        }
        try await record(
            .system(
                .privacyExported, payload: writer.bytes, occurredAt: now, identity: "\(request.id.uuid) \(now)"))
        try await parts.pool.run { try RequestTable.finish(request.id, atMillis: now, on: $0) }
        return .done
    }
}

package import EventModel
package import Pipelines

/// Takes what is personal out of the events of one source before anything stores them: seals it, removes what the
/// shopper did not agree to, and says who the visitor was. Belongs to one thread at a time.
///
/// An event without personal values costs a look at its matches and a pass for e-mail addresses and numbers; nothing is copied, and
/// the fence is not asked.
package final class EventCleaner {
    let pipeline: SourcePipeline
    let parameters: QueryParameters
    /// Whether a pointer finds what tells the browser, by its id.
    let identifies: [Bool]
    let subjects: SubjectKeyring
    private let visits: DailyVisits
    let cipher = SealedCipher()
    private var scanner = JSONScanner()
    private var room = CleaningRoom()

    /// A cleaner for the events of `pipeline`.
    package init(pipeline: SourcePipeline, subjects: SubjectKeyring, visits: DailyVisits) {
        self.pipeline = pipeline
        self.parameters = QueryParameters(secret: pipeline.secretParameters, click: pipeline.clickParameters)
        self.identifies = pipeline.roles.map { $0?.field == .clientID || $0?.field == .userAgent }
        self.subjects = subjects
        self.visits = visits
    }

    /// Cleans `raw`. `matches` are those of the body's scan with the pipeline's pointers. While the day's salt is
    /// missing, a visitor without consent is known by this one event only.
    package func clean(
        _ raw: RawEvent, body: Span<UInt8>, matches: [JSONMatch], shop: ShopContext, salts: DailySalts,
        into clean: inout CleanEvent
    ) {
        self.clean(raw, body, matches, shop, salts, &self.room, into: &clean)
    }

    private func clean(
        _ raw: RawEvent, _ body: Span<UInt8>, _ matches: [JSONMatch], _ shop: ShopContext, _ salts: DailySalts,
        _ room: inout CleaningRoom, into clean: inout CleanEvent
    ) {
        clean.clear()
        clean.consent = ConsentReader.flags(raw.fields, body, signals: raw.signals)
        let isDenied = !clean.consent.contains(.analyticsConsent)
        room.known.begin(raw.origin, shop)
        clean.visitor = self.visitor(raw, body, shop, salts, isDenied: isDenied, &room)

        let ruled = self.ruledMatches(raw, body, matches)
        if raw.definition.sweepsEmail { room.signs.find(body, in: raw.range) } else { room.signs.clear() }
        self.collectEdits(raw, body, (ruled, matches[raw.matches]), isDenied: isDenied, &room)
        if room.edits.isEmpty {
            clean.original = raw.range
        } else {
            clean.original = nil
            if room.edits.contains(where: \.isSealed) {
                self.collectHandles(raw, body, matches[raw.matches], shop, isDenied: isDenied, &room)
                self.own(raw, shop, &room, &clean)
            }
            self.rewrite(raw, body, shop, &room, into: &clean)
        }
    }

    /// Says whose the event is, and takes away what is sealed where that is a person who is erased.
    private func own(_ raw: RawEvent, _ shop: ShopContext, _ room: inout CleaningRoom, _ clean: inout CleanEvent) {
        room.collector.write(to: &clean.handles)
        if clean.handles.isEmpty { clean.handles.append(shop.eventHandle(raw.key)) }
        clean.mentioned.append(contentsOf: room.collector.swept)
        clean.contacts = room.collector.contacts
        let fence = self.subjects.fence
        if !fence.isEmpty, fence.holds(shop: shop.shop, room.collector.accountable) {
            let linked = self.linked(room.collector, raw, shop)
            self.fenceOff(raw, shop, linked: linked, &room, &clean)
        }
    }

    private func collectHandles(
        _ raw: RawEvent, _ body: Span<UInt8>, _ scanned: ArraySlice<JSONMatch>, _ shop: ShopContext, isDenied: Bool,
        _ room: inout CleaningRoom
    ) {
        room.collector.clear()
        room.collector.collect(room.naming, raw.definition.rules, body, &room.known, takesClient: !isDenied)
        if !isDenied {
            self.findAttributes(raw, body, scanned, &room)
            for value in room.identifiers where value.type == .string {
                room.collector.add(.client, body, value, &room.known)
            }
        }
        room.collector.prove(raw.provenCustomerID, shop)
        if !room.signs.emails.isEmpty { self.sweepHandles(body, shop, &room) }
        if !room.signs.phones.isEmpty { self.sweepNumbers(body, shop, &room) }
    }

    /// Fills the room's identifiers with those that stand in lists of attributes.
    func findAttributes(
        _ raw: RawEvent, _ body: Span<UInt8>, _ scanned: ArraySlice<JSONMatch>, _ room: inout CleaningRoom
    ) {
        room.identifiers.empty()
        guard raw.fields.hasAttributes else { return }
        ClientAttributes.find(scanned, self.pipeline, body, into: &room.identifiers)
    }

    /// The matches that the definition's rules are about: those of the body's scan, or of a scan of its own.
    private func ruledMatches(_ raw: RawEvent, _ body: Span<UInt8>, _ matches: [JSONMatch]) -> ArraySlice<JSONMatch> {
        guard let pointers = raw.definition.pointers else { return matches[raw.matches] }
        do {
            try self.scanner.scan(body, from: raw.range.lowerBound, to: raw.range.upperBound, pointers: pointers)
        } catch {
            preconditionFailure("the event was scanned before")
        }
        return self.scanner.matches[...]
    }

    /// Adds the handles of e-mail addresses that stand somewhere in what is sealed.
    private func sweepHandles(_ body: Span<UInt8>, _ shop: ShopContext, _ room: inout CleaningRoom) {
        var signs = SignCursor(room.signs.emails)
        for edit in room.edits where edit.isSealed && room.collector.takesMore {
            guard signs.stands(in: edit.range) else { continue }
            EmailFinder.find(body, in: edit.range, &signs) { range in
                // Most are the value of a field that gave its handle already.
                guard room.collector.takesMore, !room.collector.hasHashed(body.extracting(range)) else { return }
                if let address = EmailText.address(body, range) { room.collector.add(swept: address, as: .email, shop) }
            }
        }
    }

    /// Adds the handles of telephone numbers that stand somewhere in what is sealed.
    private func sweepNumbers(_ body: Span<UInt8>, _ shop: ShopContext, _ room: inout CleaningRoom) {
        var signs = SignCursor(room.signs.phones)
        for edit in room.edits where edit.isSealed && room.collector.takesMore {
            guard signs.stands(in: edit.range) else { continue }
            PhoneFinder.find(body, in: edit.range, &signs) { range in
                guard room.collector.takesMore, !room.collector.hasHashed(body.extracting(range)) else { return }
                room.collector.add(swept: PhoneFinder.number(body, range), as: .phone, shop)
            }
        }
    }

    /// The other handles of a fenced event that are the erased person's too, as `FenceLink` says. A compliance request's
    /// are the request's own business.
    private func linked(_ collector: HandleCollector, _ raw: RawEvent, _ shop: ShopContext) -> [Handle] {
        guard self.pipeline.source == .webhook, !raw.definition.keepsHandles else { return [] }
        let fence = self.subjects.fence
        return FenceLink.unfenced(collector.named, own: collector.own, contacts: collector.contacts) {
            fence.contains($0, shop: shop.shop)
        }
    }

    /// Removes what would have been sealed: its subject is erased. A request of the subject keeps its handles, and any
    /// other event those that it tells to be the subject's.
    private func fenceOff(
        _ raw: RawEvent, _ shop: ShopContext, linked: [Handle], _ room: inout CleaningRoom, _ clean: inout CleanEvent
    ) {
        self.subjects.fence.countEvent()
        clean.isFenced = true
        for index in room.edits.indices { room.edits[index].kind = room.edits[index].kind.removed }
        if !raw.definition.keepsHandles {
            clean.handles = Array(linked.prefix(SealedHead.handlesMax))
            guard !linked.isEmpty else { return }
        }
        // Nothing is inside, not even what is left of the event before, and nobody keeps the key.
        room.plain.removeAll(keepingCapacity: true)
        room.places.removeAll(keepingCapacity: true)
        self.seal(raw.key, shop, .new(), room, count: 0, into: &clean)
    }

    // MARK: Visitor

    private func visitor(
        _ raw: RawEvent, _ body: Span<UInt8>, _ shop: ShopContext, _ salts: DailySalts, isDenied: Bool,
        _ room: inout CleaningRoom
    ) -> Visitor {
        guard let origin = raw.origin else { return .none }
        if !isDenied {
            if let match = raw.fields[.clientID], match.type == .string,
                let client = room.known.handle(.client, body, match)
            {
                return Visitor(kind: .client, id: client.hash)
            }
            if let customer = self.customer(raw, body, shop) { return customer }
        }
        return self.visits.visitor(origin, in: shop, salts: salts, nowMillis: raw.receivedAt)
            ?? Visitor(kind: .daily, id: shop.eventHandle(raw.key).hash)
    }

    /// The visitor of a customer who is logged in and not erased.
    private func customer(_ raw: RawEvent, _ body: Span<UInt8>, _ shop: ShopContext) -> Visitor? {
        let proven = raw.provenCustomerID.flatMap { shop.visitor(customerID: $0) }
        guard
            let visitor = proven
                ?? raw.fields[.customerID].flatMap({ shop.visitor(customerID: JSONText.content(body, $0)) })
        else { return nil }
        let handle = Handle(kind: .customer, hash: visitor.id)
        return self.subjects.fence.contains(handle, shop: shop.shop) ? nil : visitor
    }
}

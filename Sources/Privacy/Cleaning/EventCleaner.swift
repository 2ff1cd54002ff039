package import EventModel
package import Pipelines

/// Takes what is personal out of the events of one source before anything stores them: seals it, removes what the
/// shopper did not agree to, and says who the visitor was. Belongs to one thread at a time.
///
/// An event without personal values costs a look at its matches and a pass for e-mail addresses and numbers; nothing is copied, and
/// the fence is not asked.
package final class EventCleaner {
    let pipeline: SourcePipeline
    private let subjects: SubjectKeyring
    private let visits: DailyVisits
    private let cipher = SealedCipher()
    private var scanner = JSONScanner()
    var edits: [Edit] = []
    private var plain: [UInt8] = []

    /// A cleaner for the events of `pipeline`.
    package init(pipeline: SourcePipeline, subjects: SubjectKeyring, visits: DailyVisits) {
        self.pipeline = pipeline
        self.subjects = subjects
        self.visits = visits
    }

    /// Cleans `raw`. `matches` are those of the body's scan with the pipeline's pointers. While the day's salt is
    /// missing, a visitor without consent is known by this one event only.
    package func clean(
        _ raw: RawEvent, body: Span<UInt8>, matches: [JSONMatch], shop: ShopContext, salts: DailySalts,
        into clean: inout CleanEvent
    ) {
        clean.consent = ConsentReader.flags(raw.fields, body, signals: raw.signals)
        let isDenied = !clean.consent.contains(.analyticsConsent)
        clean.visitor = self.visitor(raw, body, shop, salts, isDenied: isDenied)
        clean.sealed.removeAll(keepingCapacity: true)
        clean.grants.removeAll(keepingCapacity: true)
        clean.handles.removeAll(keepingCapacity: true)
        clean.mentioned.removeAll(keepingCapacity: true)
        clean.rewritten.removeAll(keepingCapacity: true)
        clean.isFenced = false

        let ruled = self.ruledMatches(raw, body, matches)
        let mayHoldEmail = raw.definition.sweepsEmail && EmailFinder.mayContain(body.extracting(raw.range))
        self.collectEdits(
            raw, body, ruled: ruled, scanned: matches[raw.matches], isDenied: isDenied, sweeps: mayHoldEmail)
        let mayHoldPhone = raw.definition.sweepsEmail && PhoneFinder.mayContain(body.extracting(raw.range))
        if mayHoldPhone { self.sweepPhones(body, within: raw.range) }
        guard !self.edits.isEmpty else {
            clean.original = raw.range
            return
        }
        clean.original = nil
        if self.edits.contains(where: \.isSealed) {
            var collector = HandleCollector(shop: shop, origin: raw.origin, takesClient: !isDenied)
            collector.collect(ruled, raw.definition, body)
            collector.collectAttributes(matches[raw.matches], self.pipeline, body)
            collector.prove(raw.provenCustomerID)
            if mayHoldEmail { self.sweepHandles(body, &collector) }
            if mayHoldPhone { self.sweepNumbers(body, &collector) }
            clean.handles = collector.handles(event: raw.key)
            clean.mentioned = collector.swept
            let fence = self.subjects.fence
            if !fence.isEmpty, fence.holds(shop: shop.shop, collector.accountable) {
                self.fenceOff(raw, shop, linked: self.linked(collector.named, raw, shop), &clean)
            }
        }
        self.rewrite(raw, body, shop, into: &clean)
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
    private func sweepHandles(_ body: Span<UInt8>, _ collector: inout HandleCollector) {
        for edit in self.edits where edit.isSealed {
            EmailFinder.find(body, in: edit.range) { range in
                // Most are the value of a field that gave its handle already.
                guard !collector.hasHashed(body.extracting(range)) else { return }
                if let address = EmailText.address(body, range) { collector.add(swept: address) }
            }
        }
    }

    /// Adds the handles of telephone numbers that stand somewhere in what is sealed.
    private func sweepNumbers(_ body: Span<UInt8>, _ collector: inout HandleCollector) {
        for edit in self.edits where edit.isSealed {
            PhoneFinder.find(body, in: edit.range) { range in
                guard !collector.hasHashed(body.extracting(range)) else { return }
                collector.add(swept: PhoneFinder.number(body, range), as: .phone)
            }
        }
    }

    /// The other handles of a fenced event that are the erased person's too, as `FenceLink` says. A compliance request's
    /// are the request's own business.
    private func linked(_ named: [Handle], _ raw: RawEvent, _ shop: ShopContext) -> [Handle] {
        guard self.pipeline.source == .webhook, !raw.definition.keepsHandles else { return [] }
        let fence = self.subjects.fence
        return FenceLink.unfenced(named) { fence.contains($0, shop: shop.shop) }
    }

    /// Removes what would have been sealed: its subject is erased. A request of the subject keeps its handles, and any
    /// other event those that it tells to be the subject's.
    private func fenceOff(_ raw: RawEvent, _ shop: ShopContext, linked: [Handle], _ clean: inout CleanEvent) {
        self.subjects.fence.countEvent()
        clean.isFenced = true
        for index in self.edits.indices { self.edits[index].kind = self.edits[index].kind.removed }
        if !raw.definition.keepsHandles {
            clean.handles = linked
            guard !linked.isEmpty else { return }
        }
        // Nothing is inside, not even what is left of the event before, and nobody keeps the key.
        self.plain.removeAll(keepingCapacity: true)
        self.seal(raw.key, shop, .new(), places: [], count: 0, into: &clean)
    }

    // MARK: Visitor

    private func visitor(
        _ raw: RawEvent, _ body: Span<UInt8>, _ shop: ShopContext, _ salts: DailySalts, isDenied: Bool
    ) -> Visitor {
        guard let origin = raw.origin else { return .none }
        if !isDenied {
            if let match = raw.fields[.clientID], match.type == .string,
                let client = origin.handle(.client, body, match, in: shop)
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

    // MARK: Writing

    private func rewrite(_ raw: RawEvent, _ body: Span<UInt8>, _ shop: ShopContext, into clean: inout CleanEvent) {
        self.plain.removeAll(keepingCapacity: true)
        var places: [UInt8] = []
        var sealedCount = 0
        var copied = raw.range.lowerBound
        var afterField = 0
        for edit in self.edits {
            JSONText.raw(body, copied..<edit.range.lowerBound, into: &clean.rewritten)
            copied = edit.range.upperBound
            if let kind = edit.fieldKind {
                sealedCount += 1
                places.appendVarint((clean.rewritten.count - afterField) << 1 | Int(kind.rawValue))
                clean.rewritten += kind.marker
                afterField = clean.rewritten.count
                self.plain.appendVarint(edit.range.count)
                JSONText.raw(body, edit.range, into: &self.plain)
            } else if edit.kind == .hashedInside {
                let scope = clean.visitor.kind == .none ? raw.key : clean.visitor.id
                clean.rewritten += shop.click(body.extracting(edit.range), of: scope)
            } else {
                clean.rewritten += edit.kind == .null ? Array("null".utf8) : Array("(removed)".utf8)
            }
        }
        JSONText.raw(body, copied..<raw.range.upperBound, into: &clean.rewritten)
        guard sealedCount > 0 else { return }
        guard let owner = clean.handles.first else { preconditionFailure("an event has a handle of its own at least") }
        let (key, grant) = self.subjects.key(for: owner, in: shop)
        if let grant { clean.grants.append(grant) }
        self.seal(raw.key, shop, key, places: places, count: sealedCount, into: &clean)
    }

    /// Writes the sealed bytes of `plain`, and whose they are.
    private func seal(
        _ event: Key128, _ shop: ShopContext, _ key: SubjectKey, places: [UInt8], count: Int,
        into clean: inout CleanEvent
    ) {
        clean.sealed.append(SealedHead.version)
        clean.sealed += key.id.bytes
        clean.sealed.append(UInt8(clean.handles.count))
        for handle in clean.handles {
            let isMentioned = !clean.mentioned.isEmpty && clean.mentioned.contains(handle)
            clean.sealed.append(handle.kind.rawValue | (isMentioned ? SealedHead.mentionBit : 0))
            clean.sealed += handle.hash.bytes
        }
        clean.sealed.appendVarint(count)
        clean.sealed += places
        self.cipher.seal(self.plain, under: key.bytes, shop: shop.shop, event: event, into: &clean.sealed)
    }
}

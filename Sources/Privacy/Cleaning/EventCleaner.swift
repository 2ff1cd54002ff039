package import EventModel
package import Pipelines

/// Takes what is personal out of the events of one source before anything stores them: seals it, removes what the
/// shopper did not agree to, and says who the visitor was. Belongs to one thread at a time.
///
/// An event without personal values costs a look at its matches and one pass for e-mail addresses; nothing is copied.
package final class EventCleaner {
    private let pipeline: SourcePipeline
    private let subjects: SubjectKeyring
    private let visits: DailyVisits
    private let cipher = SealedCipher()
    private var scanner = JSONScanner()
    private var edits: [Edit] = []
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
        clean.consent = ConsentReader.flags(raw.fields, body)
        let isDenied = !clean.consent.contains(.analyticsConsent)
        clean.visitor = self.visitor(raw, body, shop, salts, isDenied: isDenied)
        clean.sealed.removeAll(keepingCapacity: true)
        clean.grants.removeAll(keepingCapacity: true)
        clean.handles.removeAll(keepingCapacity: true)
        clean.rewritten.removeAll(keepingCapacity: true)

        let ruled = self.ruledMatches(raw, body, matches)
        self.collectEdits(raw, body, ruled: ruled, scanned: matches[raw.matches], isDenied: isDenied)
        guard !self.edits.isEmpty else {
            clean.original = raw.range
            return
        }
        clean.original = nil
        if self.edits.contains(where: \.isSealed) {
            var collector = HandleCollector(shop: shop, takesClient: !isDenied)
            collector.collect(ruled, raw.definition, body)
            collector.collectAttributes(matches[raw.matches], self.pipeline, body)
            clean.handles = collector.handles(proven: raw.provenCustomerID, event: raw.key)
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

    // MARK: Visitor

    private func visitor(
        _ raw: RawEvent, _ body: Span<UInt8>, _ shop: ShopContext, _ salts: DailySalts, isDenied: Bool
    ) -> Visitor {
        guard let origin = raw.origin else { return .none }
        if !isDenied {
            if let match = raw.fields[.clientID], match.type == .string,
                let visitor = shop.visitor(clientID: JSONText.content(body, match))
            {
                return visitor
            }
            if let id = raw.provenCustomerID, let visitor = shop.visitor(customerID: id) { return visitor }
            if let match = raw.fields[.customerID],
                let visitor = shop.visitor(customerID: JSONText.content(body, match))
            {
                return visitor
            }
        }
        return self.visits.visitor(origin, in: shop, salts: salts, nowMillis: raw.receivedAt)
            ?? Visitor(kind: .daily, id: shop.eventHandle(raw.key).hash)
    }

    // MARK: Edits

    private func collectEdits(
        _ raw: RawEvent, _ body: Span<UInt8>, ruled: ArraySlice<JSONMatch>, scanned: ArraySlice<JSONMatch>,
        isDenied: Bool
    ) {
        self.edits.removeAll(keepingCapacity: true)
        for match in ruled {
            switch raw.definition.rules[match.pointer].action {
            case .keep: continue
            case .seal:
                if !JSONText.isEmptyValue(body, match) { self.edits.append(Edit(kind: .whole, range: match.range)) }
            case .remove:
                if match.type != .null { self.edits.append(Edit(kind: .null, range: match.range)) }
            case .sealInside:
                if match.type == .string { self.sealInside(match, body, sweeps: raw.definition.sweepsEmail) }
            }
        }
        if isDenied { self.removeIdentifiers(raw, body, scanned) }
        EditList.normalise(&self.edits)
        if raw.definition.sweepsEmail, EmailFinder.mayContain(body.extracting(raw.range)) {
            self.edits = EditList.filled(self.edits, within: raw.range) { gap, add in
                EmailFinder.find(body, in: gap) { add(Edit(kind: .inside, range: $0)) }
            }
        }
    }

    private func sealInside(_ match: JSONMatch, _ body: Span<UInt8>, sweeps: Bool) {
        let first = self.edits.count
        SecretParameterFinder.find(body, in: match.range, names: self.pipeline.secretParameters) {
            self.edits.append(Edit(kind: .inside, range: $0))
        }
        // The sweep over the whole event comes by here too.
        guard !sweeps, EmailFinder.mayContain(body.extracting(match.range)) else { return }
        let secrets = Array(self.edits[first...])
        self.edits.removeSubrange(first...)
        self.edits += EditList.filled(secrets, within: match.range) { gap, add in
            EmailFinder.find(body, in: gap) { add(Edit(kind: .inside, range: $0)) }
        }
    }

    /// Without consent the client id and the user agent go, at their places and wherever else their text stands.
    private func removeIdentifiers(_ raw: RawEvent, _ body: Span<UInt8>, _ scanned: ArraySlice<JSONMatch>) {
        for match in scanned where match.type != .null {
            guard let field = self.pipeline.roles[match.pointer]?.field, field == .clientID || field == .userAgent
            else {
                continue
            }
            self.edits.append(Edit(kind: .null, range: match.range))
            guard match.type == .string else { continue }
            TextFinder.find(body.extracting(match.start + 1..<match.end - 1), in: body, within: raw.range) {
                self.edits.append(Edit(kind: .removedInside, range: $0))
            }
        }
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
            } else {
                clean.rewritten += edit.kind == .null ? Array("null".utf8) : Array("(removed)".utf8)
            }
        }
        JSONText.raw(body, copied..<raw.range.upperBound, into: &clean.rewritten)
        guard sealedCount > 0 else { return }
        self.seal(raw.key, shop, places: places, count: sealedCount, into: &clean)
    }

    private func seal(
        _ event: Key128, _ shop: ShopContext, places: [UInt8], count: Int, into clean: inout CleanEvent
    ) {
        guard let owner = clean.handles.first else { preconditionFailure("an event has a handle of its own at least") }
        let (key, grant) = self.subjects.key(for: owner, in: shop)
        if let grant { clean.grants.append(grant) }
        clean.sealed.append(SealedHead.version)
        clean.sealed += key.id.bytes
        clean.sealed.append(UInt8(clean.handles.count))
        for handle in clean.handles {
            clean.sealed.append(handle.kind.rawValue)
            clean.sealed += handle.hash.bytes
        }
        clean.sealed.appendVarint(count)
        clean.sealed += places
        self.cipher.seal(self.plain, under: key.bytes, shop: shop.shop, event: event, into: &clean.sealed)
    }
}

internal import EventModel
internal import Pipelines
internal import Privacy

extension IngestWorker {
    /// A body of pixel events: the whole is refused, or each event gets its own result.
    func acceptPixel(_ exchange: Exchange, account: String, body: Span<UInt8>) -> IngestDecision {
        let tenant: Tenant
        switch self.tenant(.account(account), exchange) {
        case .stop(let decision): return decision
        case .done(let found): tenant = found
        }
        guard tenant.isActive else { return .answer(refuse(.uninstalled, tenant: tenant)) }
        let rate: RateState
        switch limit(tenant, exchange) {
        case .stop(let decision): return decision
        case .done(let state): rate = state
        }
        if let refusal = scanBody(exchange, body, gateway.pipelines.pixel) {
            return .answer(refuse(refusal, tenant: tenant))
        }
        if let refusal = takePixelEvents(exchange, tenant, body) {
            return .answer(refusal.answer(requestID: nextRequestID()))
        }
        var answer = IngestAnswer.accepted
        if scratch.isMixed || QueryParameter.isOn("verbose", in: exchange.request.query) {
            answer = resultsAnswer(body)
        }
        answer.rate = rate
        return append(exchange, tenant: tenant, answer: answer)
    }

    /// Steps `body` and `scan`: media type, size, JSON, and the number of events.
    func scanBody(_ exchange: Exchange, _ body: Span<UInt8>, _ pipeline: SourcePipeline) -> Refusal? {
        let limits = gateway.configuration.limits
        guard exchange.request.media != .other else { return .unsupportedMedia }
        guard body.count <= limits.bodyBytesMax else { return .bodyTooLarge(limits.bodyBytesMax) }
        do {
            try scanner.scanEvents(body, pointers: pipeline.pointers, elementsMax: limits.eventsMax)
            return nil
        } catch {
            switch error.code {
            case .tooManyElements: return .tooManyEvents(limits.eventsMax)
            case .notEvents: return .notShape(Self.bodyShapes)
            case .tooDeep: return .tooDeep
            default: return .notJSON(error.description)
            }
        }
    }

    private static let bodyShapes = "Send one event, an array of events, or {\"events\":[...]}."

    /// Whether the event that was just refused is the whole body, and has no name either: an object of another shape.
    private func isOtherShape(_ body: Span<UInt8>) -> Bool {
        guard scanner.elements.count == 1, let only = scanner.elements.first, scratch.fields[.name] == nil,
            only.type == .object
        else { return false }
        return (0..<only.range.lowerBound).allSatisfy { body[$0] <= 0x20 }
    }

    /// Takes the events one by one; a refusal where the body turns out to be no event at all.
    private func takePixelEvents(_ exchange: Exchange, _ tenant: Tenant, _ body: Span<UInt8>) -> Refusal? {
        let shop = shops.state(of: tenant, gateway: gateway)
        var visit = Visit(exchange, origin)
        visit.isBot = bots.isCrawler(exchange.request, from: exchange.address, isRelayed: false)
        metrics.countReceived(scanner.elements.count)
        for element in scanner.elements {
            let result = takePixelEvent(element, shop, visit, body)
            scratch.results.append(result)
            switch result.status {
            case .accepted: break
            case .duplicate, .quarantined: scratch.isMixed = true
            case .refused(.missingID) where isOtherShape(body):
                account(.notShape, tenant: tenant, events: 1)
                return .notShape(Self.bodyShapes)
            case .refused(let reason):
                scratch.isMixed = true
                account(reason, tenant: tenant, events: 1)
            }
        }
        return nil
    }

    /// One event through the steps `identity`, `time`, `privacy` and `encode`.
    private func takePixelEvent(
        _ element: JSONElement, _ shop: ShopState, _ visit: Visit, _ body: Span<UInt8>
    ) -> EventResult {
        guard element.type == .object else { return EventResult(status: .refused(.notShape), id: nil) }
        let pipeline = gateway.pipelines.pixel
        pipeline.collect(scanner.matches[element.matches], into: &scratch.fields)
        guard let id = scratch.fields[.id], EventText.isIdentifier(body, id) else {
            return EventResult(status: .refused(.missingID), id: nil)
        }
        if let reason = EventText.readName(body, scratch.fields[.name], into: &scratch.name) {
            return EventResult(status: .refused(reason), id: id)
        }
        let definition = pipeline.definition(for: scratch.name.span)
        guard element.range.count <= definition.eventBytesMax else {
            return EventResult(status: .refused(.tooLarge), id: id)
        }
        let time = EventTime(body, scratch.fields[.time], nowMillis: visit.nowMillis)
        guard !time.isOlder(than: definition.maxAgeSeconds, nowMillis: visit.nowMillis) else {
            return EventResult(status: .refused(.tooOld), id: id)
        }
        let key = EventKey.make(timeMillis: time.statedMillis ?? 0, hash: pixelIdentity(body, id, shop.context))
        let raw = RawEvent(
            range: element.range, matches: element.matches, fields: scratch.fields, definition: definition, key: key,
            receivedAt: visit.nowMillis, origin: visit.origin, signals: visit.signals)
        let content = shop.context.contentHash(body.extracting(element.range))
        let encoded = EncodedIdentity(
            source: .pixel, key: key, content: content, occurredAt: time.occurredAt, flags: time.flags)
        store(raw, encoded, shop, visit, body, cleaner: pixelCleaner)
        return EventResult(status: remember(key, content: content), id: id)
    }

    /// Step `identity` of an event whose name and fields are in the scratch.
    private func pixelIdentity(_ body: Span<UInt8>, _ id: JSONMatch, _ shop: ShopContext) -> Key128 {
        // Exchanged instead of copied: a copy would take storage of its own.
        var identity = IdentityBytes()
        swap(&identity, &scratch.identity)
        defer { swap(&identity, &scratch.identity) }
        identity.begin(.pixel)
        identity.add(scratch.name.span)
        identity.add(body, id)
        if let stamp = scratch.fields[.time] { identity.add(body, stamp) }
        return identity.hash(shop)
    }

    /// Steps `privacy` and `encode` of an event whose name is in the scratch.
    func store(
        _ raw: RawEvent, _ identity: EncodedIdentity, _ shop: ShopState, _ visit: Visit, _ body: Span<UInt8>,
        cleaner: EventCleaner
    ) {
        // Exchanged instead of copied: each of its arrays would cost a count.
        var clean = CleanEvent()
        swap(&clean, &scratch.clean)
        defer { swap(&clean, &scratch.clean) }
        cleaner.clean(
            raw, body: body, matches: scanner.matches, shop: shop.context, salts: visit.salts(gateway), into: &clean)
        var identity = identity
        let keepsAgent = clean.consent.contains(.analyticsConsent)
        if visit.isBot || !keepsAgent && bots.isProgram(body, raw.fields[.userAgent]) { identity.flags.insert(.bot) }
        settleName(raw.definition, shop.tenant)
        encode(
            clean, identity, name: scratch.name.span, body: body, tenant: shop.tenant, country: visit.country,
            nowMillis: visit.nowMillis)
    }

    /// Makes the name in the scratch fit to stay for ever. Names that a pipeline lists are.
    private func settleName(_ definition: EventDefinition, _ tenant: Tenant) {
        guard !definition.isKnown else { return }
        EventName.clean(&scratch.name)
        if !gateway.names.admits(scratch.name.span, shop: tenant.id) { scratch.name = EventNames.other }
    }

    /// 202 with a line for each event.
    private func resultsAnswer(_ body: Span<UInt8>) -> IngestAnswer {
        let results = scratch.results
        var json = JSONWriter()
        json.object { json in
            json.member("results") { json in
                for index in results.indices {
                    json.object { json in
                        json.member("index", index)
                        if let id = results[index].id { json.member("id", EventText.text(body, id)) }
                        json.member("status", results[index].word)
                        if let reason = results[index].reason { json.member("reason", reason.name) }
                    }
                }
            }
        }
        return IngestAnswer(status: 202, contentType: .json, body: json.bytes)
    }
}

internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Privacy

extension IngestWorker {
    /// A widget's request whose sender is trusted: through the proxy, or by a token, or by its origin.
    struct WidgetCall {
        let tenant: Tenant
        let proxy: ProxySignature?
        let token: SessionToken?
        let rate: RateState
    }

    /// The widget's routes: one JSON object in, one out.
    func acceptWidget(_ exchange: Exchange, body: Span<UInt8>) -> IngestDecision {
        let request = exchange.request
        let proxy: ProxySignature?
        switch self.proxy(exchange) {
        case .stop(let decision): return decision
        case .done(let found): proxy = found
        }
        if let refusal = scanObject(exchange, body) { return .answer(refuse(refusal, isCrossOrigin: true)) }
        gateway.pipelines.widget.collect(scanner.matches[...], into: &scratch.fields)
        let call: WidgetCall
        switch trust(exchange, proxy, body) {
        case .stop(let decision): return decision
        case .done(let trusted): call = trusted
        }
        switch request.route {
        case .sessionStart: return startSession(exchange, call, body)
        case .lead:
            let contacts = contacts(body)
            guard contacts.contains(where: { $0.text != nil }) else {
                return .answer(refuse(.missingContact, tenant: call.tenant))
            }
            return takeWidgetEvent(exchange, call, body, name: "lead", contacts)
        case .chat: return takeQuestion(exchange, call, body)
        default: return takeWidgetEvent(exchange, call, body, name: nil)
        }
    }

    private func scanObject(_ exchange: Exchange, _ body: Span<UInt8>) -> Refusal? {
        let limits = gateway.configuration.limits
        guard exchange.request.media != .other else { return .unsupportedMedia }
        guard body.count <= limits.bodyBytesMax else { return .bodyTooLarge(limits.bodyBytesMax) }
        do { try scanner.scan(body, pointers: gateway.pipelines.widget.pointers) } catch {
            return error.code == .tooDeep ? .tooDeep : .notJSON(error.description)
        }
        var place = 0
        while place < body.count, body[place] <= 0x20 { place += 1 }
        return body[place] == UInt8(ascii: "{") ? nil : .notShape("Send one JSON object.")
    }

    /// What the proxy has signed, which is checked before anything of the body is read; nil where nothing says that it
    /// has.
    private func proxy(_ exchange: Exchange) -> Step<ProxySignature?> {
        let query = exchange.request.query ?? ""
        guard ProxySignature.isPresent(in: query) else { return .done(nil) }
        let secrets = gateway.configuration.clientSecrets
        let proxy = ProxySignature(query: query, secrets: secrets, nowMillis: exchange.nowMillis)
        guard let proxy, isFromProxy(exchange.address) else {
            return .stop(.answer(refuseStranger(.badSignature, exchange)))
        }
        return .done(proxy)
    }

    /// Steps `tenant` and `limits` of the widget.
    private func trust(
        _ exchange: Exchange, _ proxy: ProxySignature?, _ body: Span<UInt8>
    ) -> Step<WidgetCall> {
        let isStart = exchange.request.route == .sessionStart
        let text = isStart ? nil : bearer(exchange, body)
        let key: TenantKey
        if isStart {
            guard let domain = proxy?.shop ?? scratch.fields[.tenant].flatMap({ JSONText.string(body, $0) }) else {
                return .stop(.answer(refuse(.notShape("\"tenantId\" is needed."), isCrossOrigin: true)))
            }
            key = .domain(domain.lowercased())
        } else {
            guard let text, let shop = SessionToken.claimedShop(text) else { return badToken(exchange) }
            key = .id(shop)
        }
        let tenant: Tenant
        switch self.tenant(key, exchange) {
        case .done(let found): tenant = found
        case .stop(.answer) where !isStart: return badToken(exchange)
        case .stop(let decision): return .stop(decision)
        }
        let token = text.flatMap { SessionToken($0, key: tenant.keys.widgetToken, nowMillis: exchange.nowMillis) }
        guard isStart || (token != nil && sessionAgrees(token, body) && tenantAgrees(tenant, body)),
            proxy?.shop ?? tenant.domain == tenant.domain
        else {
            return badToken(exchange)
        }
        return admit(exchange, tenant, proxy, token)
    }

    /// False when the proxies' addresses are known and this request comes from another.
    private func isFromProxy(_ address: ClientAddress) -> Bool {
        let ranges = gateway.configuration.proxyAllowlist
        return ranges.isEmpty || ranges.contains { $0.contains(address) }
    }

    private func admit(
        _ exchange: Exchange, _ tenant: Tenant, _ proxy: ProxySignature?, _ token: SessionToken?
    ) -> Step<WidgetCall> {
        guard tenant.isActive else { return .stop(.answer(refuse(.uninstalled, tenant: tenant))) }
        // A browser names its page's origin; a token alone is enough where none is named.
        if proxy == nil, exchange.request.fields.origin.map({ !tenant.accepts(origin: $0) }) ?? (token == nil) {
            return .stop(.answer(refuse(.badOrigin, tenant: tenant)))
        }
        switch limit(tenant, exchange) {
        case .stop(let decision): return .stop(decision)
        case .done(let rate): return .done(WidgetCall(tenant: tenant, proxy: proxy, token: token, rate: rate))
        }
    }

    private func badToken(_ exchange: Exchange) -> Step<WidgetCall> {
        .stop(.answer(refuseStranger(.badToken, exchange)))
    }

    /// The token from the header or the body.
    private func bearer(_ exchange: Exchange, _ body: Span<UInt8>) -> String? {
        if let value = exchange.request.fields.authorization, value.lowercased().hasPrefix("bearer ") {
            return String(value.dropFirst(7).filter { $0 != " " })
        }
        return scratch.fields[.token].flatMap { JSONText.string(body, $0) }
    }

    /// A body that names a tenant names the token's.
    private func tenantAgrees(_ tenant: Tenant, _ body: Span<UInt8>) -> Bool {
        guard let match = scratch.fields[.tenant], match.type != .null else { return true }
        return JSONText.string(body, match)?.lowercased() == tenant.domain
    }

    /// A body that names a session names the token's.
    private func sessionAgrees(_ token: SessionToken?, _ body: Span<UInt8>) -> Bool {
        guard let match = scratch.fields[.sessionID] else { return true }
        return JSONText.string(body, match) == token?.sessionID
    }

    // MARK: Session

    private func startSession(_ exchange: Exchange, _ call: WidgetCall, _ body: Span<UInt8>) -> IngestDecision {
        // What the session's later events are given from the token must not bring back what the shopper has denied.
        let consent = ConsentReader.flags(scratch.fields, body, signals: exchange.request.fields.signals)
        let clientID = consent.contains(.analyticsConsent) ? scratch.fields[.clientID] : nil
        let client = clientID.flatMap { $0.type == .string ? JSONText.string(body, $0) : nil } ?? ""
        let token = SessionToken(
            shop: call.tenant.id, expiresAtSeconds: exchange.nowMillis / 1000 + SessionToken.lifetimeSeconds,
            session: SecureRandom.bytes(SessionToken.sessionBytes),
            clientID: Array(client.utf8.prefix(Self.clientBytesMax)))
        metrics.countReceived(1)
        let completed = WidgetBody.completed(
            body, session: token.sessionID, client: nil, agent: shopperAgent(exchange))
        storeWidget(exchange, call, completed, sent: body, id: token.sessionID, name: "widget_session_started")
        var json = JSONWriter()
        json.object {
            $0.member("sessionId", token.sessionID)
            $0.member("token", token.signed(call.tenant.keys.widgetToken))
            $0.member("expiresAt", Timestamp.text(token.expiresAtSeconds * 1000))
        }
        var answer = IngestAnswer(status: 200, contentType: .json, body: json.bytes)
        answer.rate = call.rate
        return append(exchange, tenant: call.tenant, answer: answer)
    }

    /// Client ids are UUIDs; longer texts are cut.
    private static let clientBytesMax = 128

    // MARK: Event

    private func takeWidgetEvent(
        _ exchange: Exchange, _ call: WidgetCall, _ body: Span<UInt8>, name fixed: String?, _ contacts: [Contact] = []
    ) -> IngestDecision {
        guard let id = scratch.fields[.id], EventText.isIdentifier(body, id) else {
            return .answer(refuse(.badID(.missingID), tenant: call.tenant))
        }
        if fixed == nil, let reason = EventText.readName(body, scratch.fields[.name], into: &scratch.name) {
            return .answer(refuse(.badID(reason), tenant: call.tenant))
        }
        let name = fixed ?? String(decoding: scratch.name, as: UTF8.self)
        let definition = gateway.pipelines.widget.definition(for: name)
        guard body.count <= definition.eventBytesMax else {
            return .answer(refuse(.bodyTooLarge(definition.eventBytesMax), tenant: call.tenant))
        }
        let time = EventTime(body, scratch.fields[.time], nowMillis: exchange.nowMillis)
        guard !time.isOlder(than: definition.maxAgeSeconds, nowMillis: exchange.nowMillis) else {
            return .answer(refuse(.badID(.tooOld), tenant: call.tenant))
        }
        metrics.countReceived(1)
        let hasClient = scratch.fields[.clientID]?.type == .string
        let client = call.token.map { String(decoding: $0.clientID, as: UTF8.self) }
        let settled = WidgetBody.settled(body, contacts)
        let completed = WidgetBody.completed(
            settled.span, session: call.token?.sessionID, client: hasClient ? nil : client,
            agent: shopperAgent(exchange))
        let status = storeWidget(exchange, call, completed, sent: body, id: EventText.text(body, id), name: name)
        let result = EventResult(status: status, id: id)
        var json = JSONWriter()
        json.object {
            $0.member("status", result.word)
            $0.member("id", EventText.text(body, id))
            if let reason = result.reason { $0.member("reason", reason.name) }
        }
        var answer = IngestAnswer(status: 200, contentType: .json, body: json.bytes)
        answer.rate = call.rate
        return append(exchange, tenant: call.tenant, answer: answer)
    }

    /// Browsers, and the crawlers that load pages as they do, begin so. What begins in another way is the program of a
    /// shop's own server, which speaks for its shoppers and says nothing of them.
    private static let agentStart = "Mozilla/"

    /// The shopper's user agent, which Shopify's App Proxy passes on, for a body that names none. Added to the event, so
    /// that cleaning treats it like one that the body names: without consent it goes.
    func shopperAgent(_ exchange: Exchange) -> String? {
        guard scratch.fields[.userAgent]?.type != .string, let agent = exchange.request.fields.userAgent,
            agent.hasPrefix(Self.agentStart)
        else { return nil }
        return agent
    }

    /// Steps `identity`, `privacy` and `encode`: the completed body is stored, its identity is of the sent one.
    @discardableResult
    func storeWidget(
        _ exchange: Exchange, _ call: WidgetCall, _ bytes: [UInt8], sent: Span<UInt8>, id: String, name: String
    ) -> EventResult.Status {
        let shop = shops.state(of: call.tenant, gateway: gateway)
        let body = bytes.span
        do { try scanner.scan(body, pointers: gateway.pipelines.widget.pointers) } catch {
            preconditionFailure("a JSON object with members added is JSON")
        }
        gateway.pipelines.widget.collect(scanner.matches[...], into: &scratch.fields)
        let definition = gateway.pipelines.widget.definition(for: name)
        var identity = IdentityBytes()
        identity.begin(.widget)
        identity.add(id)
        let alias = identity.hash(shop.context)
        var time = EventTime(body, scratch.fields[.time], nowMillis: exchange.nowMillis)
        // A shopper who asks now asks now, whatever the clock says; events and leads were refused before.
        if time.isOlder(than: definition.maxAgeSeconds, nowMillis: exchange.nowMillis) {
            time = EventTime(stated: nil, nowMillis: exchange.nowMillis)
        }
        let key = EventKey.make(timeMillis: time.statedMillis ?? exchange.nowMillis, hash: alias)
        let content = shop.context.contentHash(sent)
        scratch.name = Array(name.utf8)
        var visit = Visit(exchange, origin)
        visit.isBot = bots.isCrawler(exchange.request, from: exchange.address, isRelayed: call.proxy != nil)
        var raw = RawEvent(
            range: 0..<body.count, matches: 0..<scanner.matches.count, fields: scratch.fields, definition: definition,
            key: key, receivedAt: exchange.nowMillis,
            origin: visit.origin, signals: visit.signals)
        if let customer = call.proxy?.customerID, !customer.isEmpty { raw.provenCustomerID = Array(customer.utf8) }
        let encoded = EncodedIdentity(
            source: .widget, key: key, content: content, occurredAt: time.occurredAt, flags: time.flags,
            aliases: [alias])
        store(raw, encoded, shop, visit, body, cleaner: widgetCleaner)
        return remember(alias, content: content)
    }
}

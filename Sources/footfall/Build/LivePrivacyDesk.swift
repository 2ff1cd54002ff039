internal import DataSubjects
internal import Endpoints
internal import EventModel
internal import ReadModels
internal import Recorder

/// Requests of data subjects, for the endpoints.
struct LivePrivacyDesk: PrivacyDesk {
    let side: PrivacySide

    private static let exportRoute = "GET /api/privacy/requests/{id}/export"

    func ask(_ ask: PrivacyAsk, shop: ShopKey, by caller: String) async throws -> PrivacyRequest {
        do {
            let asked = try await side.requests.ask(SubjectAsk(ask), shop: shop.shop, origin: .api, by: caller)
            return PrivacyRequest(asked, nil)
        } catch let refusal as RequestRefusal {
            throw PrivacyRefusal.unusable(pointer: "/customer", message: refusal.message)
        } catch let error as RecorderError {
            throw PrivacyRefusal.unavailable(retryAfterSeconds: error.retryAfterSeconds)
        }
    }

    func list(_ shop: ShopKey, state: String?, page: ListPage) async throws -> PrivacyList {
        // One more than wanted tells whether there are more.
        let first = min(page.first, RequestFilter.limitMax - 1)
        var filter = RequestFilter()
        filter.shop = shop.shop
        filter.state = state.flatMap(SubjectRequestState.init)
        filter.limit = first + 1
        filter.before = page.after.map { ($0.time, $0.id) }
        let found = try await side.requests.list(filter)
        let exports = try await side.exports(of: found)
        let items = found.prefix(first).map { PrivacyRequest($0, exports[$0.id]) }
        let next = found.count > first ? items.last.map { ListCursor(time: $0.askedAt, id: $0.id) } : nil
        return PrivacyList(items: items, next: next)
    }

    func find(_ id: Key128, shop: ShopKey) async throws -> PrivacyRequest? {
        guard let found = try await side.requests.find(id, shop: shop.shop) else { return nil }
        return PrivacyRequest(found, try await side.exports(of: [found])[id])
    }

    func export(
        _ id: Key128, shop: ShopKey, format: PrivacyFormat, for caller: String
    ) async throws -> PrivacyHandout? {
        guard let found = try await side.requests.find(id, shop: shop.shop) else { return nil }
        return try await handOut(found, format, for: caller)
    }

    func export(_ id: Key128, token: String, format: PrivacyFormat) async throws -> PrivacyHandout? {
        guard try await side.exports.isToken(token, of: id), let found = try await side.requests.find(id) else {
            return nil
        }
        return try await handOut(found, format, for: "link")
    }

    func receipt(_ id: Key128, shop: ShopKey) async throws -> [UInt8]? {
        try await side.requests.receipt(id, shop: shop.shop)
    }

    private func handOut(
        _ request: SubjectRequest, _ format: PrivacyFormat, for reader: String
    ) async throws -> PrivacyHandout {
        guard let shop = try await side.shop(request.shop.shop) else { return .over }
        let reading = PersonalReading(reader: reader, route: Self.exportRoute)
        switch try await side.exports.handOut(request.id, shop: shop, for: reading) {
        case .none: return .notReady(state: request.state.rawValue)
        case .over: return .over
        case .document(let json): return .document(format == .html ? ExportPage.html(json) ?? json : json)
        }
    }
}

extension SubjectAsk {
    fileprivate init(_ ask: PrivacyAsk) {
        switch ask.kind {
        case .access: self.init(.access)
        case .erasure: self.init(.erasure)
        case .shopErasure: self.init(.shopErasure)
        }
        customerID = ask.customerID.map { String($0) }
        (email, phone, reference) = (ask.email, ask.phone, ask.reference)
        guard case .listed(let ids) = ask.orders else { return }
        orders = .listed
        orderIDs = ids.map { String($0) }
    }
}

extension PrivacyRequest {
    fileprivate init(_ request: SubjectRequest, _ export: ExportTable.Status?) {
        let kind: PrivacyAsk.Kind =
            switch request.kind {
            case .access: .access
            case .erasure: .erasure
            case .shopErasure: .shopErasure
            }
        self.init(
            id: request.id, kind: kind, origin: request.origin.rawValue, state: request.state.rawValue,
            meansAllOrders: request.orders == .all, askedAt: request.askedAt, dueAt: request.dueAt,
            hasReceipt: request.hasReceipt)
        (step, message, reference) = (request.step, request.message, request.reference)
        finishedAt = request.finishedAt
        remains = request.remains
        self.export = export.map {
            Export(isReady: $0.isReady, events: $0.events, expiresAt: $0.expiresAt, token: $0.token)
        }
    }
}

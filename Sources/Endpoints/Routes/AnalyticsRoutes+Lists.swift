internal import EventModel
internal import Hummingbird
internal import ReadModels

extension AnalyticsRoutes {
    var sessions: Route {
        Route(
            method: .get, path: "/api/analytics/sessions", group: "Analytics", summary: "Sessions, the newest first",
            text: "Without bots. Pages stay the same while sessions arrive.", scope: .analyticsRead,
            parameters: Self.ofLists,
            answers: [Route.Answer(schema: "Sessions", text: "A page.")],
            handler: { request, _ in
                let (_, shop) = try await asked(request, .analyticsRead, Self.ofLists)
                let page = try request.page(of: .sessions)
                let list = try await dependencies.engine.sessions(shop.key, page, nowMillis: now)
                return Self.page(list, shop.key, request) { $1.write(&$0) }
            })
    }

    var session: Route {
        Route(
            method: .get, path: "/api/analytics/sessions/{id}", group: "Analytics", summary: "One session",
            text: "With the names and times of its events.", scope: .analyticsRead,
            parameters: Self.ofEntries,
            answers: [Route.Answer(schema: "SessionDetail", text: "The session.")],
            handler: { request, context in
                let (_, shop) = try await asked(request, .analyticsRead, Self.ofEntries)
                guard let id = SessionAddress(try context.parameters.require("id")) else {
                    throw Problem(.notFound, "There is no such session.")
                }
                let (record, asOf) = try await dependencies.engine.session(shop.key, id, nowMillis: now)
                guard let record else { throw Problem(.notFound, "There is no such session.") }
                return Self.single(asOf, shop.key, request) { record.write(&$0, withEvents: true) }
            })
    }

    var leads: Route {
        Route(
            method: .get, path: "/api/analytics/leads", group: "Analytics", summary: "Leads, the newest first",
            text: "People who left an e-mail or a phone. Reading them is noted in the audit log.", scope: .leadsRead,
            parameters: Self.ofLists,
            answers: [Route.Answer(schema: "Leads", text: "A page.")],
            handler: { request, _ in
                let (caller, shop) = try await asked(request, .leadsRead, Self.ofLists)
                let page = try request.page(of: .leads)
                let list = try await dependencies.engine.read(shop.key, nowMillis: now) {
                    try LeadRecord.list(shop.key, page, $0)
                }
                let tag = QueryTag.tag(list.distinction { $1.write(&$0, nil) }, shop.key, list.asOf)
                // What is known already is not opened.
                if request.knows(tag) { return .unchanged(tag, isPersonal: true) }
                let reading = PersonalReading(reader: caller.name, route: "GET /api/analytics/leads")
                let contacts = try await contacts(shop.key, list.items, reading)
                return .personal(list.json { $1.write(&$0, $1.contact.contact(contacts)) }, tag: tag)
            })
    }

    var lead: Route {
        Route(
            method: .get, path: "/api/analytics/leads/{id}", group: "Analytics", summary: "One lead",
            text: "Reading it is noted in the audit log.", scope: .leadsRead,
            parameters: Self.ofEntries,
            answers: [Route.Answer(schema: "LeadDetail", text: "The lead.")],
            handler: { request, context in
                let (caller, shop) = try await asked(request, .leadsRead, Self.ofEntries)
                let id = try Self.id(context)
                let (record, asOf) = try await dependencies.engine.read(shop.key, nowMillis: now) {
                    try LeadRecord.find(shop.key, id, $0)
                }
                guard let record else { throw Problem(.notFound, "There is no such lead.") }
                let tag = Self.tag(asOf, shop.key) { record.write(&$0, nil) }
                if request.knows(tag) { return .unchanged(tag, isPersonal: true) }
                let reading = PersonalReading(reader: caller.name, route: "GET /api/analytics/leads/{id}")
                let contacts = try await contacts(shop.key, [record], reading)
                let json = Self.single(asOf) { record.write(&$0, record.contact.contact(contacts)) }
                return .personal(json, tag: tag)
            })
    }

    var carts: Route {
        Route(
            method: .get, path: "/api/analytics/carts", group: "Analytics", summary: "Carts, the one begun last first",
            text: "Carts and checkouts that name a value, with what became of them as of now.",
            scope: .analyticsRead, parameters: Self.ofLists,
            answers: [Route.Answer(schema: "Carts", text: "A page.")],
            handler: { request, _ in
                let (_, shop) = try await asked(request, .analyticsRead, Self.ofLists)
                let page = try request.page(of: .carts)
                let now = now
                let list = try await dependencies.engine.read(shop.key, nowMillis: now) {
                    try CartRecord.list(shop.key, page, now: now, $0)
                }
                return Self.page(list, shop.key, request) { $1.write(&$0) }
            })
    }

    private static let ofLists = [Route.shop] + Route.page + [Route.knownTag]
    private static let ofEntries = [id, Route.shop, Route.knownTag]
    private static let id = Route.Parameter(name: "id", place: .path, isRequired: true, text: "The `id` from a list.")

    private static func id(_ context: EndpointContext) throws -> Key128 {
        guard let text = context.parameters.get("id"), let id = Key128(hex: text) else {
            throw Problem(.notFound, "There is nothing with this id.")
        }
        return id
    }

    private func contacts(
        _ shop: ShopKey, _ leads: [LeadRecord], _ reading: PersonalReading
    ) async throws -> [Position: LeadContact] {
        guard let opener = dependencies.leadOpener, !leads.isEmpty else { return [:] }
        return try await opener.open(shop, Set(leads.flatMap(\.contact.all)).sorted(), for: reading)
    }

    /// A page with a tag that holds while its entries and the state's position do.
    private static func page<Item>(
        _ list: ListAnswer<Item>, _ shop: ShopKey, _ request: Request, _ item: (inout JSONWriter, Item) -> Void
    ) -> Response {
        let tag = QueryTag.tag(list.distinction(item), shop, list.asOf)
        return request.knows(tag) ? .unchanged(tag) : .json(list.json(item), tag: tag)
    }

    /// The same for a single entry.
    private static func single(
        _ asOf: AsOf, _ shop: ShopKey, _ request: Request, _ item: (inout JSONWriter) -> Void
    ) -> Response {
        let tag = tag(asOf, shop, item)
        return request.knows(tag) ? .unchanged(tag) : .json(single(asOf, item), tag: tag)
    }

    private static func single(_ asOf: AsOf, _ item: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("item", item)
            writer.member("as_of") { asOf.write(&$0) }
        }
        return writer.bytes
    }

    private static func tag(_ asOf: AsOf, _ shop: ShopKey, _ item: (inout JSONWriter) -> Void) -> String {
        var entry = JSONWriter()
        item(&entry)
        return QueryTag.tag(entry.bytes, shop, asOf)
    }
}

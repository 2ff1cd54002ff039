internal import ReadModels

/// The schemas of the ingest surface: what senders may give, and what the gateway answers. Members beyond these are taken
/// too, and kept.
enum IngestSchemas {
    static let all: [String: JSONValue] = [
        "Consent": consent, "PixelEvent": pixelEvent, "PixelBody": pixelBody, "EventResults": results,
        "WebhookBody": Schemas.object, "WidgetStart": widgetStart, "WidgetSession": widgetSession,
        "WidgetEvent": widgetEvent, "WidgetLead": widgetLead, "EventOutcome": outcome, "ChatMessage": chatMessage,
        "ChatAnswer": chatAnswer,
    ]

    private static let text = Schemas.text
    private static let textOrNull = Schemas.textOrNull
    private static let id: JSONValue = .object([
        "type": .array([.string("string"), .string("integer")]),
        "description": .string("Made by the sender: the same id with the same content is a duplicate."),
    ])
    private static let anyID: JSONValue = .object(["type": .array([.string("string"), .string("integer")])])
    private static let time = told(
        Schemas.time,
        "When it happened; now, where it is missing or unreadable. Beyond the source's `max_age` it is `too_old`, more "
            + "than five minutes ahead it is clamped.")
    private static let token = told(text, "The session's token, where `Authorization` does not bring it.")
    private static let sessionID = told(text, "Of `session/start`; where it is given it must be the token's.")

    private static func told(_ schema: JSONValue, _ words: String) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        members["description"] = .string(words)
        return .object(members)
    }

    private static let consent = told(
        Schemas.orNull(
            Schemas.object(
                Dictionary(
                    ["analytics", "marketing", "preferences", "saleOfData"].map { ($0, Schemas.flagOrNull) }
                ) { $1 })),
        "What the shopper has granted; Shopify's names in `customerPrivacy` are understood as well. None stated is granted."
    )

    // MARK: Web pixel

    private static let pixelEvent = Schemas.object(
        [
            "id": id, "name": text, "timestamp": time, "clientId": textOrNull, "seq": Schemas.integerOrNull,
            "type": textOrNull, "consent": Schemas.reference("Consent"), "context": Schemas.anything,
            "data": Schemas.anything,
        ], required: ["id", "name"])

    private static let pixelBody: JSONValue = .object([
        "anyOf": .array([
            Schemas.reference("PixelEvent"), manyEvents, Schemas.object(["events": manyEvents], required: ["events"]),
        ])
    ])

    /// Each is judged by itself, so what is none does not make the others none.
    private static let manyEvents: JSONValue = .object([
        "type": .string("array"), "items": Schemas.reference("PixelEvent"), "maxItems": .integer(500),
    ])

    private static let statuses = ["accepted", "duplicate", "quarantined", "refused"]
    private static let reason = told(text, "Why it was quarantined or refused, such as `id_conflict` or `too_old`.")

    private static let results = Schemas.object(
        [
            "results": Schemas.array(
                Schemas.object(
                    ["index": Schemas.integer, "id": text, "status": Schemas.names(statuses), "reason": reason],
                    required: ["index", "status"]))
        ], required: ["results"])

    // MARK: Widget

    private static let page = Schemas.object(["url": textOrNull, "referrer": textOrNull, "title": textOrNull])

    private static let widgetStart = Schemas.object([
        "tenantId": told(text, "The shop's domain; needed where the app proxy's signature does not name the shop."),
        "clientId": textOrNull, "page": page, "consent": Schemas.reference("Consent"), "userAgent": textOrNull,
    ])

    private static let widgetSession = Schemas.object(
        ["sessionId": text, "token": text, "expiresAt": Schemas.time], required: ["sessionId", "token", "expiresAt"])

    private static let widgetEvent = Schemas.object(
        [
            "sessionId": sessionID, "token": token, "id": id, "name": text, "timestamp": time,
            "consent": Schemas.reference("Consent"), "data": Schemas.anything,
        ], required: ["id", "name"])

    private static let widgetLead: JSONValue = {
        let lead = Schemas.object(
            [
                "sessionId": sessionID, "token": token, "id": id, "timestamp": time, "email": textOrNull,
                "phone": textOrNull, "name": textOrNull, "answers": Schemas.anything,
                "consent": Schemas.reference("Consent"),
            ], required: ["id"])
        guard case .object(var members) = lead else { return lead }
        members["anyOf"] = .array(
            ["email", "phone"].map { .object(["required": .array([.string($0)])]) })
        return .object(members)
    }()

    private static let outcome = Schemas.object(
        ["status": Schemas.names(statuses.dropLast()), "id": text, "reason": reason], required: ["status", "id"])

    private static let chatMessage = Schemas.object([
        "sessionId": sessionID, "token": token, "id": id, "message": told(textOrNull, "Needed without an `action`."),
        "consent": Schemas.reference("Consent"),
        "action": Schemas.orNull(.object(["oneOf": .array([draftOrder, draftOrderStatus])])),
    ])

    private static let draftOrder = Schemas.object(
        [
            "type": Schemas.names(["draft_order"]),
            "lines": Schemas.array(
                Schemas.object(
                    ["variant_id": anyID, "quantity": Schemas.integer], required: ["variant_id", "quantity"])),
        ], required: ["type", "lines"])

    private static let draftOrderStatus = Schemas.object(
        ["type": Schemas.names(["draft_order_status"]), "request": textOrNull], required: ["type"])

    private static let chatAnswer = Schemas.object(
        [
            "reply": text, "products": Schemas.array(card), "followUps": Schemas.array(text),
            "draftOrder": Schemas.object(
                [
                    "request": textOrNull, "state": Schemas.names(["asked", "created", "failed", "refused"]),
                    "name": textOrNull, "invoiceUrl": textOrNull,
                ], required: ["state"]),
        ], required: ["reply", "products", "followUps"])

    private static let price = Schemas.orNull(Schemas.reference("Money"))

    private static let card = Schemas.object(
        [
            "id": text, "gid": text, "title": text, "handle": text, "url": text, "image": textOrNull,
            "price_min": price, "price_max": price, "reason": text,
            "variants": Schemas.array(
                Schemas.object(
                    [
                        "id": text, "gid": text, "title": text,
                        "options": Schemas.array(text), "price": price,
                    ], required: ["id", "gid", "title"])),
        ], required: ["id", "gid", "title", "handle", "url", "reason", "variants"])
}

internal import ReadModels

/// The schemas of the routes under `/api/privacy`.
enum PrivacySchemas {
    static let all: [String: JSONValue] = [
        "PrivacyAsk": ask, "PrivacyRequest": request, "PrivacyRequests": requests, "PrivacyExport": export,
        "PrivacyReceipt": receipt,
    ]

    private static let (text, textOrNull, integer) = (Schemas.text, Schemas.textOrNull, Schemas.integer)
    private static let id: JSONValue = .object(["type": .array([.string("string"), .string("integer")])])
    private static let kinds = Schemas.names(PrivacyAsk.Kind.allCases.map(\.rawValue))

    private static let ask = Schemas.object(
        [
            "shop": text, "kind": kinds,
            "customer": Schemas.object(["id": id, "email": text, "phone": text]),
            "orders": .object(["oneOf": .array([Schemas.names(["all"]), Schemas.array(id)])]), "reference": text,
        ], required: ["kind"])

    private static func orNull(_ schema: JSONValue) -> JSONValue {
        .object(["oneOf": .array([schema, .object(["type": .string("null")])])])
    }

    private static let request = Schemas.object(
        [
            "id": .object(["type": .string("string"), "format": .string("uuid")]), "shop": text, "kind": kinds,
            "origin": Schemas.names(["webhook", "api", "cli"]), "state": Schemas.names(PrivacyRequest.states),
            "step": textOrNull, "message": textOrNull, "reference": textOrNull,
            "orders": Schemas.names(["all", "listed"]), "asked_at": Schemas.time, "due_at": Schemas.time,
            "days_left": Schemas.integerOrNull, "finished_at": textOrNull,
            "export": orNull(
                Schemas.object([
                    "state": Schemas.names(["ready", "destroyed"]), "events": integer, "expires_at": Schemas.time,
                    "url": textOrNull, "link": textOrNull,
                ])),
            "receipt": orNull(Schemas.object(["url": text, "remains": integer])),
        ], required: ["id", "shop", "kind", "state", "asked_at", "due_at"])

    private static let requests = Schemas.object(
        [
            "items": Schemas.array(Schemas.reference("PrivacyRequest")),
            "page_info": Schemas.object(["has_next_page": Schemas.flag, "end_cursor": textOrNull]),
        ], required: ["items", "page_info"])

    private static let export = Schemas.object(
        [
            "format": text, "version": integer, "request": Schemas.object, "made_at": Schemas.time,
            "summary": Schemas.object, "origins": Schemas.array(Schemas.object),
            "consent": Schemas.array(Schemas.object), "customers": Schemas.array(Schemas.object),
            "orders": Schemas.array(Schemas.object), "leads": Schemas.array(Schemas.object),
            "sessions": Schemas.array(Schemas.object), "readers": Schemas.array(Schemas.object),
            "events": Schemas.array(Schemas.object),
        ], required: ["format", "version", "request", "made_at", "summary", "events"])

    private static let receipt = Schemas.object(
        ["receipt": Schemas.object, "public_key": text, "signature": text],
        required: ["receipt", "public_key", "signature"])
}

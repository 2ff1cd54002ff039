internal import ReadModels

/// The schemas of the OpenAPI document. Names of metrics and dimensions come from their catalogs.
enum Schemas {
    static let all: [String: JSONValue] = [
        "Problem": problem, "Query": query, "Answer": answer, "Metadata": MetadataSchema.metadata, "Shop": shop,
        "Sessions": list("Session"),
        "Session": session, "SessionDetail": single("Session"), "Leads": list("Lead"), "Lead": lead,
        "LeadDetail": single("Lead"), "Realtime": realtime, "Health": health, "AsOf": asOf,
        "Row": row, "ChangeRow": changeRow,
    ].merging(AppSchemas.all) { first, _ in first }.merging(DataSchemas.all) { first, _ in first }
        .merging(PrivacySchemas.all) { first, _ in first }.merging(IngestSchemas.all) { first, _ in first }

    static let object: JSONValue = .object(["type": .string("object")])
    static let text: JSONValue = .object(["type": .string("string")])
    static let integer: JSONValue = .object(["type": .string("integer")])
    static let flag: JSONValue = .object(["type": .string("boolean")])
    static let time: JSONValue = .object(["type": .string("string"), "format": .string("date-time")])
    static let anything: JSONValue = .object([:])
    static let textOrNull: JSONValue = .object(["type": .array([.string("string"), .string("null")])])
    static let integerOrNull: JSONValue = .object(["type": .array([.string("integer"), .string("null")])])

    static let flagOrNull: JSONValue = .object(["type": .array([.string("boolean"), .string("null")])])

    static func orNull(_ schema: JSONValue) -> JSONValue {
        .object(["oneOf": .array([schema, .object(["type": .string("null")])])])
    }

    static func reference(_ name: String) -> JSONValue {
        .object(["$ref": .string("#/components/schemas/\(name)")])
    }

    static func array(_ items: JSONValue) -> JSONValue {
        .object(["type": .string("array"), "items": items])
    }

    static func names(_ names: [String]) -> JSONValue {
        .object(["type": .string("string"), "enum": .array(names.map { .string($0) })])
    }

    static func object(_ properties: [String: JSONValue], required: [String] = []) -> JSONValue {
        var members: [String: JSONValue] = ["type": .string("object"), "properties": .object(properties)]
        if !required.isEmpty { members["required"] = .array(required.map { .string($0) }) }
        return .object(members)
    }

    static func list(_ item: String) -> JSONValue {
        object(
            [
                "items": array(reference(item)),
                "page_info": object(["has_next_page": flag, "end_cursor": textOrNull]), "as_of": reference("AsOf"),
            ], required: ["items", "page_info", "as_of"])
    }

    static func single(_ item: String) -> JSONValue {
        object(["item": reference(item), "as_of": reference("AsOf")], required: ["item", "as_of"])
    }

    private static let problem = object(
        [
            "type": text, "title": text, "status": integer, "detail": text, "request_id": text,
            "pointer": text, "allowed": array(text), "state": text,
        ], required: ["type", "title", "status", "request_id"])

    private static let query = object(
        [
            "shop": text, "metrics": array(names(MetricCatalog.availableNames)),
            "dimensions": array(names(DimensionCatalog.availableNames)), "filters": array(anything),
            "metric_filters": array(anything),
            "date_range": .object([
                "anyOf": .array([names(ReportRange.keywords), text, array(text)]),
                "description": .string(
                    """
                    A keyword, `Nd`, `Nmo`, two days, both inside, or two times, the end outside. Times are widened to \
                    quarters of an hour, which `meta.warnings` tells.
                    """),
            ]),
            "compare": .object([
                "type": .string("object"),
                "properties": .object([
                    "mode": names(["previous_period", "previous_year", "custom"]), "match": names(["weekday"]),
                    "date_range": anything,
                ]),
                "description": .string(
                    """
                    Each of `compare_rows` stands beside a row. What stands beside none is in `compare_totals` alone; times \
                    of which that is so are told in `meta.warnings`.
                    """),
            ]),
            "timezone": text, "order_by": array(array(text)),
            "limit": .object([
                "type": .string("integer"), "minimum": .integer(1), "maximum": .integer(QueryLimits.limitMax),
            ]),
            "fill": flag, "others": flag, "bots": names(BotRule.allCases.map(\.rawValue)), "as_of": anything,
            "basis": anything, "attribution": anything,
        ], required: ["metrics", "date_range"])

    private static let row: JSONValue = .object([
        "type": .array([.string("array"), .string("null")]), "items": anything,
        "description": .string("Dimensions, then metrics; a ratio is `[numerator, denominator]`; null is unknown."),
    ])

    private static let changeRow: JSONValue = .object([
        "type": .array([.string("array"), .string("null")]),
        "items": .object([
            "type": .array([.string("object"), .string("null")]),
            "properties": .object([
                "change": .object(["type": .array([.string("number"), .string("null")])]), "new": flag,
            ]),
            "required": .array([.string("change"), .string("new")]),
        ]),
        "description": .string(
            """
            Beside the row of the compared period: null below a dimension, and as a whole where that period has no such \
            row. `change` is (a - b) / b, or of a rate the difference in percentage points, as the column's `change` says; \
            where b is 0 it is null and `new` is true.
            """),
    ])

    private static let answer = object(
        [
            "columns": array(
                object([
                    "name": text, "type": text, "unit": textOrNull, "currency": textOrNull,
                    "change": names(["relative", "percentage_points"]),
                ])),
            "rows": array(reference("Row")), "compare_rows": array(reference("Row")), "totals": reference("Row"),
            "compare_totals": reference("Row"), "change_rows": array(reference("ChangeRow")),
            "change_totals": reference("ChangeRow"), "others": reference("Row"),
            "meta": object([
                "as_of": reference("AsOf"), "complete_until": time, "definitions": text, "exact": flag,
                "row_count": integer, "coverage": anything, "warnings": array(text),
            ]),
            "query": object,
        ], required: ["columns", "rows", "totals", "meta", "query"])

    private static let asOf = object(["position": integer, "projected_at": time, "complete_until": time])

    private static let shop = object([
        "shop": text, "timezone": text, "currency": text, "status": names(["active", "uninstalled"]),
        "installed_at": time, "first_event_at": textOrNull, "last_event_at": textOrNull, "last_received_at": textOrNull,
        "events": integer, "events_by_source": object, "events_by_name": array(object), "as_of": reference("AsOf"),
    ])

    private static let session = object([
        "id": text, "visitor": text, "visitor_kind": text, "started_at": time, "ended_at": time,
        "duration": .object(["type": .string("number")]), "pageviews": integer, "events": integer,
        "product_views": integer, "add_to_carts": integer, "checkouts": integer, "purchases": integer, "leads": integer,
        "entry_page": textOrNull, "exit_page": textOrNull, "source": textOrNull, "medium": textOrNull,
        "channel": textOrNull, "referrer": textOrNull, "utm_source": textOrNull, "utm_medium": textOrNull,
        "utm_campaign": textOrNull, "utm_content": textOrNull, "utm_term": textOrNull, "device": textOrNull,
        "browser": textOrNull, "os": textOrNull, "country": textOrNull, "bounced": flag, "engaged": flag,
        "converted": flag, "returning": flag, "bot": flag, "cart_value": integerOrNull, "checkout_value": integerOrNull,
        "currency": textOrNull, "timeline": array(object(["name": text, "at": time])),
    ])

    private static let lead = object([
        "id": text, "first_seen_at": time, "last_seen_at": time, "submissions": integer,
        "status": names(["new", "contacted", "converted", "erased"]), "source": textOrNull,
        "session_id": textOrNull, "touch": orNull(touch),
        "marketing_consent": .object(["type": .array([.string("boolean"), .string("null")])]),
        "converted_at": textOrNull, "orders": integer, "net_sales": orNull(reference("Money")), "name": textOrNull,
        "email": textOrNull, "phone": textOrNull, "answers": anything,
    ])

    /// What led to a visit.
    private static let touch = object([
        "channel": textOrNull, "source": textOrNull, "medium": textOrNull, "referrer": textOrNull,
        "utm_source": textOrNull, "utm_medium": textOrNull, "utm_campaign": textOrNull, "utm_content": textOrNull,
        "utm_term": textOrNull,
    ])

    private static let realtime = object([
        "visitors_now": integer, "sessions_now": integer, "pageviews_30m": integer,
        "per_minute": .object([
            "type": .string("array"), "items": integer, "minItems": .integer(30), "maxItems": .integer(30),
        ]),
        "pages": array(object(["page": textOrNull, "visitors": integer])),
        "sources": array(object(["source": textOrNull, "visitors": integer])),
        "countries": array(object(["country": textOrNull, "visitors": integer])),
        "recent": array(object(["name": text, "page": textOrNull, "at": time])), "as_of": reference("AsOf"),
    ])

    private static let health = object([
        "status": names(["pass", "fail"]),
        "checks": array(object(["name": text, "status": names(["pass", "fail"]), "detail": text])),
    ])
}

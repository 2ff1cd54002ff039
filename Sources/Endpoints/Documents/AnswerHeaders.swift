internal import ReadModels

/// The headers of answers, as the OpenAPI document describes them.
enum AnswerHeaders {
    static let all: [String: JSONValue] = [
        "X-Request-Id": header(Schemas.text, "The id under which the log has the request."),
        "RateLimit": header(
            Schemas.text,
            """
            `"shop";r=99;t=1`: of the nearest limit, `r` requests are left at once, and in `t` seconds all of them are \
            (draft-ietf-httpapi-ratelimit-headers). Missing where calls are not limited.
            """),
        "RateLimit-Policy": header(
            Schemas.text, "`\"shop\";q=200;w=2`: `q` requests at once, all of which are there again after `w` seconds."),
        "Retry-After": header(
            .object(["type": .string("integer"), "minimum": .integer(1)]),
            "Seconds until it is worth while to ask again, where that is known."),
        "ETag": header(Schemas.text, "Names this answer, for `If-None-Match`."),
        "Location": header(
            .object(["type": .string("string"), "format": .string("uri-reference")]), "Where it goes on."),
        "WWW-Authenticate": header(Schemas.names(["Bearer"]), "How to say who asks."),
    ]

    /// References for an answer; nil for none.
    static func references(_ names: [String]) -> JSONValue? {
        names.isEmpty
            ? nil
            : .object(
                Dictionary(names.map { ($0, .object(["$ref": .string("#/components/headers/\($0)")])) }) { $1 })
    }

    private static func header(_ schema: JSONValue, _ words: String) -> JSONValue {
        .object(["schema": schema, "description": .string(words)])
    }
}

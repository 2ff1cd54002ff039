/// An entry of `errors` beside data, or in place of it.
struct AdminFailure: Error {
    var code: String
    var message: String
    var details: [WireMember] = []

    func wireValue(path: String) -> WireValue {
        [
            "message": .string(message), "locations": [["line": 1, "column": 1]], "path": [.string(path)],
            "extensions": .object([WireMember("code", .string(code))] + details),
        ]
    }

    /// A whole answer without data.
    func answer(cost: WireValue?) -> WireValue {
        let error: WireValue = [
            "message": .string(message), "extensions": .object([WireMember("code", .string(code))] + details),
        ]
        let answer: WireValue = ["errors": [error]]
        return cost.map { answer.setting("extensions", ["cost": $0]) } ?? answer
    }
}

/// The payload of a mutation: things by name, and what the app got wrong.
struct MutationPayload: GraphNode {
    var things: [String: GraphTree] = [:]
    var userErrors: [UserError] = []
    var typeName: String { "Payload" }

    struct UserError {
        /// Null in some recorded errors.
        var field: [String]?
        var message: String
        var code: String?
    }

    static func refused(_ field: [String]?, _ message: String, _ code: String? = nil) -> MutationPayload {
        MutationPayload(userErrors: [UserError(field: field, message: message, code: code)])
    }

    func field(_ name: String) -> GraphTree? {
        guard name == "userErrors" else { return things[name] ?? .null }
        return .value(
            .array(
                userErrors.map { error in
                    [
                        "__typename": "UserError", "code": WireValue(error.code),
                        "field": error.field.map { WireValue($0) } ?? .null, "message": .string(error.message),
                    ]
                }))
    }
}

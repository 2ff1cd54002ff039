internal import EventModel
internal import FoundationEssentials
internal import NIOHTTP1

/// Reads what the GraphQL endpoint answered: statuses and error codes become an `AdminError`, the rest an answer.
///
/// Source: shopify.dev, "GraphQL Admin API: status and error codes"; recordings in Tests/Fixtures/admin_graphql.json.
package enum AnswerReader {
    /// The outcome, and the cost where there was one.
    package struct Reading: Sendable {
        /// The answer, or why there is none.
        package let outcome: Result<AdminAnswer, AdminError>
        /// Also known of queries that did not run.
        package let cost: QueryCost?
    }

    private static let pointers = PointerSet(["/data", "/errors", "/extensions/cost", "/extensions/search"])
    /// Long enough for the names of missing scopes.
    private static let messageLengthMax = 300

    static func read(_ answer: AdminTransport.Answer) -> Reading {
        let requestID = answer.headers.first(name: "X-Request-Id")
        guard answer.status == 200 else {
            return Reading(outcome: .failure(failure(status: answer, requestID)), cost: nil)
        }
        return read(body: answer.body, requestID: requestID)
    }

    /// Reads the body of an answer with status 200.
    package static func read(body: [UInt8], requestID: String? = nil) -> Reading {
        var scanner = JSONScanner()
        do {
            try scanner.scan(body.span, pointers: pointers)
        } catch {
            return Reading(outcome: .failure(AdminError(.malformed, "an answer is not JSON", status: 200)), cost: nil)
        }
        func part(_ pointer: Int) -> [UInt8]? {
            scanner.matches.last { $0.pointer == pointer }.map { Array(body[$0.range]) }
        }
        let cost: QueryCost? = part(2).flatMap(decode)
        if let errors = part(1), errors != Array("[]".utf8), errors != Array("null".utf8) {
            return Reading(outcome: .failure(failure(errors, cost, requestID)), cost: cost)
        }
        guard let data = part(0), data.first == UInt8(ascii: "{") else {
            return Reading(outcome: .failure(AdminError(.malformed, "an answer has no data", status: 200)), cost: cost)
        }
        let searches: [SearchReport] = part(3).flatMap(decode) ?? []
        let warnings = searches.flatMap { $0.warnings ?? [] }.map { $0.code ?? "unknown" }
        return Reading(outcome: .success(AdminAnswer(data: data, cost: cost, searchWarnings: warnings)), cost: cost)
    }

    private static func decode<T: Decodable>(_ bytes: [UInt8]) -> T? {
        // What has another shape than documented is left out; the answer itself stands.
        try? JSONDecoder().decode(T.self, from: Data(bytes))
    }
}

extension AnswerReader {
    private struct SearchReport: Decodable {
        struct Warning: Decodable { let code: String? }
        let warnings: [Warning]?
    }

    private struct GraphQLFailure: Decodable {
        struct Extensions: Decodable { let code: String? }
        let message: String?
        let extensions: Extensions?
    }

    /// Codes whose messages speak of the document and the app; others may quote variables, which may be personal.
    private static let speakableCodes: Set<String> = [
        "ACCESS_DENIED", "THROTTLED", "MAX_COST_EXCEEDED", "undefinedField", "missingRequiredArguments",
        "missingRequiredInputObjectAttribute", "argumentLiteralsIncompatible",
    ]

    private static func failure(_ errors: [UInt8], _ cost: QueryCost?, _ requestID: String?) -> AdminError {
        let all: [GraphQLFailure] = decode(errors) ?? []
        let codes = all.compactMap { $0.extensions?.code }
        let isThrottled = codes.contains("THROTTLED") || (codes.isEmpty && all.contains { $0.message == "Throttled" })
        let message = all.first { speakableCodes.contains($0.extensions?.code ?? "") }?.message
        return AdminError(
            isThrottled ? .throttled : code(of: codes),
            String((message ?? "the document or its variables were refused").prefix(messageLengthMax)), status: 200,
            graphQLCodes: codes, requestID: requestID, retryAfterMillis: isThrottled ? cost.map(wait) : nil)
    }

    private static func code(of codes: [String]) -> AdminError.Code {
        if codes.contains("MAX_COST_EXCEEDED") { return .tooCostly }
        if codes.contains("ACCESS_DENIED") { return .accessDenied }
        if codes.contains("SHOP_INACTIVE") { return .frozen }
        let isPassing = codes.contains("INTERNAL_SERVER_ERROR") || codes.contains("TIMEOUT")
        return isPassing ? .unavailable : .invalid
    }

    /// Until the bucket holds what the query asked for.
    private static func wait(_ cost: QueryCost) -> Int64 {
        let missing = cost.requestedQueryCost - cost.throttleStatus.currentlyAvailable
        return AdminTiming.millis(seconds: missing / max(cost.throttleStatus.restoreRate, 1))
    }

    private static func failure(status answer: AdminTransport.Answer, _ requestID: String?) -> AdminError {
        let (code, message): (AdminError.Code, String) =
            switch answer.status {
            case 401: (.unauthorized, "the access token is not accepted")
            case 402, 423: (.frozen, "the shop is frozen or locked")
            case 403: (.accessDenied, "the app may not call this shop")
            case 404, 410: (.gone, "there is no such shop or API version")
            case 429: (.throttled, "too many requests")
            case 408, 430, 500...: (.unavailable, "Shopify cannot answer now")
            case 300..<400: (.malformed, "a redirect, which is not followed")
            default: (.invalid, "the request was refused")
            }
        return AdminError(
            code, message, status: answer.status, requestID: requestID, retryAfterMillis: answer.retryAfterMillis)
    }
}

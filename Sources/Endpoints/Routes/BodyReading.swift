internal import Blocking
internal import EventModel
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ReadModels

/// Bodies. They are read as ingest reads them: strict JSON without a byte order mark; of members of one name the last
/// counts.
extension Request {
    /// The shop that a body's `shop` or else the query string names; nil where neither does. An empty body is fine.
    /// `pointer` is where the name was found, or was looked for last.
    func shopName() async throws -> (name: String?, pointer: String) {
        let query = try parameter("shop")
        guard let body = try await jsonIfPresent(bytesMax: RequestLimits.shopBodyBytesMax) else {
            return (query, "?shop")
        }
        guard case .object(let members) = body else { throw Problem(.badRequest, "The body is an object.") }
        switch members["shop"] {
        case nil, .null?: return (query, query == nil ? "/shop" : "?shop")
        case .string(let name)?: return (try shop(inBody: name), "/shop")
        default: throw Problem(.badRequest, "A shop is named by its domain.", pointer: "/shop")
        }
    }

    /// The body as JSON: 415 for another type, 413 beyond the limit, 400 for what is not JSON.
    func json() async throws -> JSONValue {
        guard let value = try await jsonIfPresent(bytesMax: RequestLimits.bodyBytesMax) else {
            throw Problem(.badRequest, "The body is not JSON.")
        }
        return value
    }

    /// The same; nil for an empty body.
    private func jsonIfPresent(bytesMax: Int) async throws -> JSONValue? {
        if let coding = headers[.contentEncoding]?.lowercased(), coding != "identity", !coding.isEmpty {
            // RFC 9110, section 15.5.16.
            throw Problem(
                .unsupportedMediaType, "Bodies are sent as they are, without a content coding.",
                headers: [.acceptEncoding: "identity"])
        }
        let type = (headers[.contentType] ?? "").lowercased().prefix { $0 != ";" && $0 != " " }
        // An empty type says as much as none.
        guard type == "application/json" || type.isEmpty else {
            throw Problem(
                .unsupportedMediaType, "A body is `application/json`.", headers: [.accept: "application/json"])
        }
        let body = try await collect(bytesMax: bytesMax)
        return body.isEmpty ? nil : try await BodyDecoder.value(body)
    }

    private func collect(bytesMax: Int) async throws -> [UInt8] {
        do {
            return Array(try await body.collect(upTo: bytesMax).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, "A body has at most \(bytesMax) bytes here.")
        }
    }
}

/// Makes values of bodies.
private enum BodyDecoder {
    /// Larger ones take milliseconds, for which they would keep one of the few threads that all answers share.
    private static let quickBytesMax = 64 << 10
    /// One large body after another, beside everything else.
    private static let large = BlockingExecutor(label: "footfall.bodies")

    /// Throws 400 for what is not JSON.
    @concurrent static func value(_ body: [UInt8]) async throws -> JSONValue {
        guard body.count > quickBytesMax else { return try decoded(body) }
        return try await withTaskExecutorPreference(large) { try await valueElsewhere(body) }
    }

    @concurrent private static func valueElsewhere(_ body: [UInt8]) async throws -> JSONValue { try decoded(body) }

    private static func decoded(_ body: [UInt8]) throws -> JSONValue {
        guard let value = JSONValue.parse(body) else {
            throw isDeep(body)
                ? Problem(.badRequest, "A body is nested \(JSONValue.depthMax) levels deep at most.", slug: "too-deep")
                : Problem(.badRequest, "The body is not JSON.")
        }
        return value
    }

    /// True for JSON that is nested too deeply, and for text that goes so deep before it turns out to be none.
    private static func isDeep(_ body: [UInt8]) -> Bool {
        do {
            return try JSONTree(body).root.isNested(deeperThan: JSONValue.depthMax)
        } catch {
            return error.code == .tooDeep
        }
    }
}

extension JSONNode {
    /// Bounded by the depth that a scanner lets pass.
    fileprivate func isNested(deeperThan depth: Int) -> Bool {
        switch type {
        case .array: depth == 0 || elements.contains { $0.isNested(deeperThan: depth - 1) }
        case .object: depth == 0 || members.contains { $0.value.isNested(deeperThan: depth - 1) }
        default: false
        }
    }
}

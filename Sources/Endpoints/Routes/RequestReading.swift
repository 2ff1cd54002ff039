internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

extension Request {
    /// A parameter of the query string, at most so many bytes; nil where it is missing or empty. 400 where it is given
    /// more than once: which one was meant is not guessed.
    func parameter(_ name: String, bytesMax: Int = RequestLimits.parameterBytesMax) throws -> String? {
        let values = FormText.pairs(uri.query ?? "").filter { $0.name == name }.map(\.value)
        guard values.count <= 1 else {
            throw Problem(.badRequest, "The parameter `\(name)` is given more than once.", pointer: "?\(name)")
        }
        guard let value = values.first, !value.isEmpty else { return nil }
        guard value.utf8.count <= bytesMax else {
            throw Problem(.badRequest, "The parameter `\(name)` is too long.", pointer: "?\(name)")
        }
        return value
    }

    /// Refuses parameters of the query string that mean nothing here: a mistyped one would answer something else.
    func allowOnly(_ names: [String]) throws {
        guard let unknown = FormText.pairs(uri.query ?? "").first(where: { !names.contains($0.name) }) else { return }
        // A long name is not repeated in full.
        let name = String(unknown.name.prefix(64))
        throw Problem(.badRequest, "There is no parameter `\(name)` here.", pointer: "?\(name)", allowed: names)
    }

    /// The same by a route's own list.
    func allowOnly(_ parameters: [Route.Parameter]) throws {
        try allowOnly(parameters.filter { $0.place == .query }.map(\.name))
    }

    /// The shop that a body names, or else the query string; 400 where both name one and they differ.
    func shop(inBody name: String?) throws -> String? {
        let query = try parameter("shop")
        guard let name, !name.isEmpty else { return query }
        guard query == nil || query?.lowercased() == name.lowercased() else {
            throw Problem(.badRequest, "The body and the address name different shops.", pointer: "/shop")
        }
        return name
    }

    /// The page of a list that `first` and `cursor` ask for.
    func page(of list: ListName) throws -> ListPage {
        var page = ListPage(of: list)
        if let first = try parameter("first") {
            guard let count = Int(first), (1...ListPage.firstMax).contains(count) else {
                throw Problem(.badRequest, "`first` is a number from 1 to \(ListPage.firstMax).", pointer: "?first")
            }
            page.first = count
        }
        if let text = try parameter("cursor") {
            guard let cursor = ListCursor(text: text, in: list) else {
                throw Problem(.badRequest, "This is no cursor of this list.", pointer: "?cursor")
            }
            page.after = cursor
        }
        return page
    }

    /// Tags of `If-None-Match`, strong or weak.
    var knownTags: Set<String> {
        guard let header = headers[.ifNoneMatch] else { return [] }
        let tags = header.split(separator: ",").map { $0.filter { $0 != " " } }
        return Set(tags.map { $0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0 })
    }

    /// The shop that a body's `shop` or else the query string names; nil where neither does. An empty body is fine.
    func shopName() async throws -> (name: String?, pointer: String) {
        let query = try parameter("shop")
        guard let body = try await jsonIfPresent() else { return (query, "?shop") }
        guard case .object(let members) = body else { throw Problem(.badRequest, "The body is an object.") }
        switch members["shop"] {
        case nil, .null?: return (query, "/shop")
        case .string(let name)?: return (try shop(inBody: name), "/shop")
        default: throw Problem(.badRequest, "A shop is named by its domain.", pointer: "/shop")
        }
    }

    /// The body as JSON: 415 for another type, 413 beyond the limit, 400 for what is not JSON.
    func json() async throws -> JSONValue {
        guard let value = try await jsonIfPresent() else { throw Problem(.badRequest, "The body is not JSON.") }
        return value
    }

    /// The same; nil for an empty body.
    private func jsonIfPresent() async throws -> JSONValue? {
        if let coding = headers[.contentEncoding]?.lowercased(), coding != "identity", !coding.isEmpty {
            // RFC 9110, section 15.5.16.
            throw Problem(
                .unsupportedMediaType, "Bodies are sent as they are, without a content coding.",
                headers: [.acceptEncoding: "identity"])
        }
        if let type = headers[.contentType]?.lowercased() {
            let name = type.prefix { $0 != ";" && $0 != " " }
            guard name == "application/json" else {
                throw Problem(
                    .unsupportedMediaType, "A body is `application/json`.", headers: [.accept: "application/json"])
            }
        }
        let body = try await body.collect(upTo: RequestLimits.bodyBytesMax)
        if body.readableBytes == 0 { return nil }
        guard let value = BodyText.value(Array(body.readableBytesView)) else {
            throw Problem(.badRequest, "The body is not JSON.")
        }
        return value
    }
}

extension Response {
    /// JSON with its tag. Private: it depends on the key.
    static func json(_ bytes: [UInt8], tag: String? = nil) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "private, no-cache"]
        headers[.eTag] = tag
        headers[.vary] = "Authorization, Origin"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Personal data: nobody on the way keeps it. With a tag, a caller that keeps it can ask whether it still holds.
    static func personal(
        _ bytes: [UInt8], type: String = "application/json", policy: ContentPolicy? = nil, tag: String? = nil
    ) -> Response {
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        headers[.vary] = "Authorization, Origin"
        headers[.contentSecurityPolicy] = policy?.text
        headers[.eTag] = tag
        // An address that opens something must not be told to others.
        headers.set("Referrer-Policy", "no-referrer")
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// 304.
    static func unchanged(_ tag: String) -> Response {
        Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "private, no-cache"])
    }

    /// JSON whose tag is made of its bytes.
    static func tagged(_ bytes: [UInt8], _ request: Request) -> Response {
        let tag = ContentTag.tag(bytes)
        return request.knownTags.contains(tag) ? .unchanged(tag) : .json(bytes, tag: tag)
    }
}

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

    /// True where the caller has what this tag stands for; `*` stands for anything (RFC 9110, section 13.1.2).
    func knows(_ tag: String) -> Bool { !knownTags.isDisjoint(with: [tag, "*"]) }

    /// Tags of `If-None-Match`, strong or weak.
    var knownTags: Set<String> {
        guard let header = headers[.ifNoneMatch] else { return [] }
        let tags = header.split(separator: ",").map { $0.filter { $0 != " " } }
        return Set(tags.map { $0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0 })
    }
}

extension Response {
    /// JSON with its tag. Private: it depends on the key.
    static func json(_ bytes: [UInt8], tag: String? = nil) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "private, no-cache"]
        headers[.eTag] = tag
        headers[.vary] = variesBy
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Personal data: nobody on the way keeps it. With a tag, a caller that keeps it can ask whether it still holds.
    static func personal(
        _ bytes: [UInt8], type: String = "application/json", policy: ContentPolicy? = nil, tag: String? = nil
    ) -> Response {
        var headers = personalHeaders
        headers[.contentType] = type
        headers[.contentSecurityPolicy] = policy?.text
        headers[.eTag] = tag
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static var personalHeaders: HTTPFields {
        var headers: HTTPFields = [.cacheControl: "no-store", .vary: variesBy]
        // An address that opens something must not be told to others.
        headers.set("Referrer-Policy", "no-referrer")
        return headers
    }

    /// 304 with the fields that the answer would have had (RFC 9110, section 15.4.5).
    static func unchanged(_ tag: String, isPersonal: Bool = false) -> Response {
        var headers = isPersonal ? personalHeaders : [.cacheControl: "private, no-cache", .vary: variesBy]
        headers[.eTag] = tag
        return Response(status: .notModified, headers: headers)
    }

    /// JSON whose tag is made of its bytes.
    static func tagged(_ bytes: [UInt8], _ request: Request) -> Response {
        let tag = ContentTag.tag(bytes)
        return request.knows(tag) ? .unchanged(tag) : .json(bytes, tag: tag)
    }

    /// What answers differ by: who asks, from where, and in which form.
    static let variesBy = "Accept, Authorization, Origin"
}

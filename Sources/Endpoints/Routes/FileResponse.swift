internal import HTTPTypes
internal import Hummingbird

/// What a browser may load for one of our pages, and which pages may have it in a frame.
struct ContentPolicy: Sendable, Equatable {
    /// Where scripts come from beside this server.
    var scripts: [String] = []
    /// Its own style sheet, in its head; for pages that are one file.
    var hasStyleInside = false
    /// Origins of the pages that may frame it; empty for none.
    var ancestors: [String] = []

    /// Nothing but our own files, and no other page around ours.
    static let own = ContentPolicy()
    /// A page that is one file: it loads nothing and runs nothing.
    static let printedPage = ContentPolicy(hasStyleInside: true)

    /// The header's text.
    var text: String {
        guard !hasStyleInside else {
            return "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; frame-ancestors 'none'"
        }
        let scripts = (["'self'"] + self.scripts).joined(separator: " ")
        let ancestors = self.ancestors.isEmpty ? "'none'" : self.ancestors.joined(separator: " ")
        return """
            default-src 'none'; script-src \(scripts); style-src 'self'; connect-src 'self'; img-src 'self' data:; \
            font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors \(ancestors)
            """
    }
}

extension Response {
    /// A file of a page; its tag is made of its bytes where none is given.
    static func file(
        _ bytes: [UInt8], type: String, tag: String? = nil, policy: ContentPolicy = .own, _ request: Request
    ) -> Response {
        let tag = tag ?? ContentTag.tag(bytes)
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        headers[.contentSecurityPolicy] = policy.text
        headers.set("Referrer-Policy", "no-referrer")
        if request.knows(tag) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = type
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

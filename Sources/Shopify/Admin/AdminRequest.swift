internal import FoundationEssentials

/// The body of a GraphQL request.
enum AdminRequest {
    private struct Envelope: Encodable {
        let query: String
        let operationName: String
    }

    /// `{"query","operationName","variables"}`; the variables go in as they are.
    static func body(_ document: AdminDocument, variables: [UInt8]) throws(AdminError) -> [UInt8] {
        var body = try encoded(Envelope(query: document.text, operationName: document.name))
        body.removeLast()
        return body + Array(",\"variables\":".utf8) + variables + [UInt8(ascii: "}")]
    }

    /// A value as JSON.
    static func encoded(_ value: some Encodable) throws(AdminError) -> [UInt8] {
        do {
            return [UInt8](try JSONEncoder().encode(value))
        } catch {
            throw AdminError(.invalid, "variables cannot be written as JSON")
        }
    }
}

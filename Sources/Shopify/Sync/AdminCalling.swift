package import EventModel
package import NIOCore
package import Reactors

/// What reactors need of the Admin API: `AdminClient`, and memory in tests.
package protocol AdminCalling: Sendable {
    /// Runs a document; `variables` is a JSON object.
    func run(_ document: AdminDocument, variables: [UInt8], shop: ShopID) async throws(AdminError) -> AdminAnswer
    /// Reads a file that Shopify made from its beginning, piece by piece.
    func read(_ url: String, _ take: (ByteBuffer) async throws -> Void) async throws
}

extension AdminClient: AdminCalling {
    /// Reads a file from its beginning, piece by piece; a connection that breaks is an error, and what was taken stands.
    package func read(_ url: String, _ take: (ByteBuffer) async throws -> Void) async throws {
        for try await piece in try await download(url) { try await take(piece) }
    }
}

extension AdminCalling {
    /// Runs a document with encodable variables and decodes what it answers.
    func ask<Answer: Decodable>(
        _ document: AdminDocument, _ variables: some Encodable, shop: ShopID
    ) async throws(AdminError) -> Answer {
        try await run(document, variables: try AdminRequest.encoded(variables), shop: shop).decoded()
    }

    /// Runs a document without variables.
    func ask<Answer: Decodable>(_ document: AdminDocument, shop: ShopID) async throws(AdminError) -> Answer {
        try await run(document, variables: Array("{}".utf8), shop: shop).decoded()
    }
}

/// One complaint of a mutation that Shopify understood and did not do.
struct UserError: Decodable, Equatable {
    let code: String?
    let field: [String]?
    let message: String

    /// The words of several, which speak of the app's own input.
    static func text(_ errors: [UserError]) -> String {
        errors.map { [$0.code, $0.message].compactMap(\.self).joined(separator: ": ") }.joined(separator: "; ")
    }
}

extension AdminError: TaskError {
    /// Waiting cannot give a scope, a token or another document; everything else may pass. A frozen shop and an empty
    /// bucket concern all that is done for the shop.
    package var taskFailure: TaskFailure {
        switch code {
        case .accessDenied, .invalid, .tooCostly, .tooLarge, .malformed, .notInstalled, .unauthorized:
            .permanent(description)
        case .throttled:
            .passing(description, retryAfter: .milliseconds(max(retryAfterMillis ?? 0, 5000)), pausesShop: true)
        case .frozen: .passing(description, retryAfter: .seconds(3600), pausesShop: true)
        case .unavailable, .gone: .passing(description, retryAfter: retryAfterMillis.map { .milliseconds($0) })
        }
    }
}

internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// Who may ask what of which shop. In this order: no or a bad key is 401, a missing scope 403, another shop 404.
struct Gatekeeper: Sendable {
    let directory: AccessDirectory
    let sessionTokens: (any SessionTokenVerifier)?

    /// The caller of a request, who has the scope.
    func caller(of request: Request, needing scope: Scope) async throws -> Caller {
        guard let header = request.headers[.authorization], header.utf8.count <= 4096,
            let token = Self.token(header)
        else { throw Problem.noKey }
        guard let caller = try await caller(token) else { throw Problem.noKey }
        guard caller.scopes.contains(scope) else { throw Problem.missing(scope) }
        return caller
    }

    /// The shop a caller asks for; one bound to a shop may leave the name out. `pointer` is where the name was looked for.
    func shop(_ name: String?, for caller: Caller, pointer: String) async throws -> KnownShop {
        guard let name, !name.isEmpty else {
            guard let bound = caller.shop else {
                let status: HTTPResponse.Status = pointer.hasPrefix("/") ? .unprocessableContent : .badRequest
                throw Problem(status, "Name the shop: this key opens all of them.", pointer: pointer)
            }
            guard let shop = try await directory.shop(id: bound) else { throw Problem.noShop }
            return shop
        }
        guard name.utf8.count <= RequestLimits.parameterBytesMax, let shop = try await directory.shop(domain: name),
            caller.shop == nil || caller.shop == shop.key.shop
        else { throw Problem.noShop }
        return shop
    }

    private func caller(_ token: String) async throws -> Caller? {
        if let caller = try await directory.caller(key: token) { return caller }
        return try await sessionTokens?.caller(for: token)
    }

    private static func token(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

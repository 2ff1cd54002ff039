internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// Who may ask what of which shop. In this order: no or a bad key is 401, a missing scope 403, an
/// uninstalled shop's own key or session 410, another shop 404.
struct Gatekeeper: Sendable {
    let directory: AccessDirectory
    let sessionTokens: (any SessionTokenVerifier)?
    let limiter: (any CallLimiter)?

    /// Headers are short; a longer one is not looked at.
    private static let headerBytesMax = 4096

    /// The caller of a request, who has the scope. With `orMerchant` a session of the shop's staff does without it.
    func caller(of request: Request, needing scope: Scope, orMerchant: Bool = false) async throws -> Caller {
        guard let token = Self.bearer(of: request) else { throw Problem.noKey }
        let caller = try await caller(token)
        guard caller.scopes.contains(scope) || (orMerchant && caller.isMerchant) else { throw Problem.missing(scope) }
        if let bound = caller.shop, try await directory.shop(id: bound)?.isActive == false {
            throw Problem.uninstalled
        }
        return caller
    }

    /// The shop a caller asks for; one bound to a shop may leave the name out. `pointer` is where the name was looked for.
    /// It counts as a call for that shop, 429 where it is one too many.
    func shop(_ name: String?, for caller: Caller, pointer: String) async throws -> KnownShop {
        let shop = try await namedShop(name, for: caller, pointer: pointer)
        if let rate = limiter?.take(for: shop.key.shop) {
            CallLimits.note?.set(rate)
            try rate.check()
        }
        return shop
    }

    private func namedShop(_ name: String?, for caller: Caller, pointer: String) async throws -> KnownShop {
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

    /// The session token of a request with the session that it stands for; the shop may not be one of ours yet.
    func session(of request: Request) async throws -> (token: String, session: MerchantSession) {
        guard let token = Self.bearer(of: request), Self.isSessionToken(token), let sessionTokens else {
            throw Problem.noSession
        }
        guard let session = try await sessionTokens.session(of: token) else { throw Problem.staleSession }
        return (token, session)
    }

    private func caller(_ token: String) async throws -> Caller {
        guard Self.isSessionToken(token), let sessionTokens else {
            guard let caller = try await directory.caller(key: token) else { throw Problem.noKey }
            return caller
        }
        guard let session = try await sessionTokens.session(of: token) else { throw Problem.staleSession }
        // Shopify's staff may open the page of a shop that was never installed here.
        guard let shop = try await directory.shop(domain: session.shop) else { throw Problem.noShop }
        return Caller(
            name: "session:\(session.user)", shop: shop.key.shop, scopes: Scope.ofMerchants, isMerchant: true)
    }

    private static func bearer(of request: Request) -> String? {
        guard let header = request.headers[.authorization], header.utf8.count <= headerBytesMax else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    /// Three parts between dots: a JWT. An API key has no dots.
    private static func isSessionToken(_ token: String) -> Bool {
        token.split(separator: ".", omittingEmptySubsequences: false).count == 3
    }
}

internal import Endpoints
internal import EventModel
internal import Postgres
internal import Shopify

/// Installation through the module `Shopify`, for the endpoints.
struct LiveInstaller: AppInstaller {
    let app: ShopifySide.App

    func begin(shop: String) async throws -> String {
        try await translated { try await app.installations.begin(shop: shop) }
    }

    func complete(query: String) async throws -> InstalledApp {
        try await translated { try await Self.installed(app.installations.finish(query: query)) }
    }

    func exchange(sessionToken: String) async throws -> InstalledApp {
        try await translated { try await Self.installed(app.installations.exchange(sessionToken: sessionToken)) }
    }

    private static func installed(_ shop: InstalledShop) -> InstalledApp {
        InstalledApp(shop: shop.shop.domain, page: shop.page, scopes: shop.granted.names)
    }

    private func translated<R>(_ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as OAuthError {
            throw AppRefusal(error)
        }
    }
}

extension AppRefusal {
    fileprivate init(_ error: OAuthError) {
        self =
            switch error.code {
            case .shopName: .notAShop
            case .signature: .badSignature
            case .state: .badState
            case .stale: .stale
            case .sessionToken: .badSessionToken
            case .grant: .denied
            case .credentials, .malformed: .refused(error.message)
            case .unavailable: .unavailable(retryAfterSeconds: 5)
            }
    }

    fileprivate init(_ error: AdminError) {
        self =
            switch error.code {
            case .notInstalled, .unauthorized: .notInstalled
            case .accessDenied: .lacksScopes(["write_pixels", "read_customer_events"])
            case .throttled, .frozen, .unavailable, .gone: .unavailable(retryAfterSeconds: 5)
            case .invalid, .tooCostly, .tooLarge, .malformed: .refused(error.message)
            }
    }
}

/// The web pixel of a shop, for the endpoints.
struct LivePixelDesk: PixelDesk {
    let app: ShopifySide.App

    func activate(shop: ShopID) async throws -> Endpoints.PixelState { try await write(shop) }

    /// Writes the settings of now; `activate` takes over the pixel that is there.
    func update(shop: ShopID) async throws -> Endpoints.PixelState { try await write(shop) }

    func deactivate(shop: ShopID) async throws -> Endpoints.PixelState {
        try await state { try await app.reactors.pixels.delete(shop) }
    }

    private func write(_ shop: ShopID) async throws -> Endpoints.PixelState {
        try await state { try await app.reactors.pixels.activate(shop) }
    }

    private func state(_ change: () async throws -> PixelActivator.Outcome) async throws -> Endpoints.PixelState {
        do {
            return try await Endpoints.PixelState(change().status)
        } catch let error as AdminError {
            throw AppRefusal(error)
        }
    }
}

/// How it stands with the app in a shop, from our own tables.
struct LiveInstallationDesk: InstallationDesk {
    let pool: PostgresPool
    let scopes: [String]

    func installation(of shop: ShopID) async throws -> Installation {
        let wanted = scopes
        return try await pool.run { try Installation.read(shop, wanted: wanted, on: $0) }
    }
}

/// Session tokens of the embedded page.
struct LiveSessionTokens: SessionTokenVerifier {
    let credentials: AppCredentials

    func session(of token: String) async throws -> MerchantSession? {
        do throws(SessionTokenError) {
            let verified = try MerchantToken(
                token, credentials: credentials, nowSeconds: Double(ShopifySide.nowMillis()) / 1000)
            return MerchantSession(shop: verified.shop.text, user: verified.userID)
        } catch {
            return nil
        }
    }
}

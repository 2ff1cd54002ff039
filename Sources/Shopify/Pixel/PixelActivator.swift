package import EventModel
internal import Postgres
internal import Reactors
internal import Recorder

/// Makes a shop's web pixel, takes over one that is there, changes and removes it. Each call ends with the pixel as
/// wanted, or with a state that says what stands in the way; both are kept with their history.
package struct PixelActivator: Sendable {
    private let admin: any AdminCalling
    private let shops: ShopDirectory
    private let endpoint: String
    private let nowMillis: @Sendable () -> Int64

    /// Pixels post to `{endpoint}/v1/pixel/{account id}`.
    package init(
        admin: any AdminCalling, shops: ShopDirectory, endpoint: String, nowMillis: @escaping @Sendable () -> Int64
    ) {
        self.admin = admin
        self.shops = shops
        self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        self.nowMillis = nowMillis
    }

    /// What a call came to.
    package struct Outcome: Sendable, Equatable {
        /// created, taken_over, updated, kept, deleted or failed.
        package let action: String
        /// The pixel afterwards.
        package let status: PixelStatus
    }

    /// The pixel as it was last seen; nil before the first try.
    package func status(of shop: ShopID) async throws -> PixelStatus? {
        try await shops.pool.run { try PixelTable.find(shop: shop, on: $0) }
    }

    /// Makes sure that there is a pixel with the settings of today: creates it, or takes over the one that Shopify says
    /// is there, or updates the one we know. Nothing is asked twice: a pixel that is right is left alone.
    package func activate(_ shop: ShopID) async throws -> Outcome {
        let registration = try await shops.find(shop)
        let wanted = PixelSettings(accountID: registration.accountID, endpoint: endpoint)
        let known = try await status(of: shop)
        var outcome: Outcome
        do throws(AdminError) {
            if let found = try await find(shop) {
                outcome = try await takeOver(found, known, wanted, shop)
            } else {
                outcome = try await create(known, wanted, shop)
            }
        } catch {
            guard error.code == .accessDenied else { throw error }
            outcome = Self.failed(.accessDenied, error.description, known, wanted)
        }
        if outcome.action != "kept" { try await keep(outcome, shop) }
        return outcome
    }

    /// Removes the pixel, if there is one; it stays away until it is activated on purpose, or with a new installation.
    package func delete(_ shop: ShopID) async throws -> Outcome {
        let registration = try await shops.find(shop)
        let known = try await status(of: shop)
        let settings = known?.settings ?? PixelSettings(accountID: registration.accountID, endpoint: endpoint)
        struct Answer: Decodable {
            struct Result: Decodable { let userErrors: [UserError] }
            let webPixelDelete: Result
        }
        var message: String?
        if let found = try await find(shop) {
            let answer: Answer = try await admin.ask(.webPixelDelete, ["id": found.id], shop: shop)
            let errors = answer.webPixelDelete.userErrors.filter { $0.code != "NOT_FOUND" }
            message = errors.isEmpty ? nil : UserError.text(errors)
        }
        let status = PixelStatus(
            id: nil, state: message == nil ? .deleted : .failed, version: known?.version ?? 0, settings: settings,
            message: message)
        let outcome = Outcome(action: message == nil ? "deleted" : "failed", status: status)
        try await keep(outcome, shop)
        if message == nil {
            let now = nowMillis()
            let event = TaskResult.event(
                .pixelDeleted, [String: String](), identity: "pixel.deleted:\(shop):\(now)", at: now)
            try await shops.record([event], shop: shop)
        }
        return outcome
    }

    private struct Pixel: Decodable {
        let id: String
        let settings: PixelSettings?

        private enum Key: CodingKey { case id, settings }

        /// Shopify gives the settings as text or as an object, and they may be another extension version's.
        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            id = try values.decode(String.self, forKey: .id)
            // Settings that cannot be read are other settings than ours, which is all that matters here.
            settings =
                (try? values.decode(PixelSettings.self, forKey: .settings))
                ?? (try? values.decode(String.self, forKey: .settings)).flatMap(PixelSettings.init(text:))
        }
    }

    /// The shop's pixel. Where there is none Shopify answers null, or an error that names the field.
    private func find(_ shop: ShopID) async throws(AdminError) -> Pixel? {
        struct Answer: Decodable { let webPixel: Pixel? }
        do throws(AdminError) {
            let answer: Answer = try await admin.ask(.webPixel, shop: shop)
            return answer.webPixel
        } catch {
            if error.code == .invalid || error.code == .gone { return nil }
            throw error
        }
    }

    private struct Input: Encodable {
        struct Settings: Encodable { let settings: String }
        var id: String?
        let webPixel: Settings

        init(id: String? = nil, _ settings: PixelSettings) {
            self.id = id
            webPixel = Settings(settings: TaskJSON.text(settings))
        }
    }

    private struct Result: Decodable {
        let webPixel: Pixel?
        let userErrors: [UserError]
    }

    private func create(
        _ known: PixelStatus?, _ wanted: PixelSettings, _ shop: ShopID
    ) async throws(AdminError) -> Outcome {
        struct Answer: Decodable { let webPixelCreate: Result }
        let answer: Answer = try await admin.ask(.webPixelCreate, Input(wanted), shop: shop)
        let result = answer.webPixelCreate
        if let made = result.webPixel { return Self.done("created", made.id, known, wanted) }
        if result.userErrors.contains(where: { $0.code == "TAKEN" }), let found = try await find(shop) {
            return try await takeOver(found, known, wanted, shop)
        }
        return Self.refused(result.userErrors, known, wanted)
    }

    private func takeOver(
        _ found: Pixel, _ known: PixelStatus?, _ wanted: PixelSettings, _ shop: ShopID
    ) async throws(AdminError) -> Outcome {
        let isOurs = known?.id == found.id
        if found.settings == wanted {
            if isOurs, let known, known.state == .active { return Outcome(action: "kept", status: known) }
            return Self.done("taken_over", found.id, known, wanted)
        }
        struct Answer: Decodable { let webPixelUpdate: Result }
        let answer: Answer = try await admin.ask(.webPixelUpdate, Input(id: found.id, wanted), shop: shop)
        guard answer.webPixelUpdate.webPixel != nil else {
            return Self.refused(answer.webPixelUpdate.userErrors, known, wanted)
        }
        return Self.done(isOurs ? "updated" : "taken_over", found.id, known, wanted)
    }

    private func keep(_ outcome: Outcome, _ shop: ShopID) async throws {
        let now = nowMillis()
        try await shops.pool.run {
            try PixelTable.write(outcome.status, action: outcome.action, shop: shop, nowMillis: now, on: $0)
        }
    }

    /// A pixel with these settings; they count as a new version where the last one had others.
    private static func done(
        _ action: String, _ id: String, _ known: PixelStatus?, _ wanted: PixelSettings
    ) -> Outcome {
        let isSame = known?.settings == wanted && known?.version ?? 0 > 0
        let version = isSame ? known?.version ?? 1 : (known?.version ?? 0) + 1
        return Outcome(
            action: action, status: PixelStatus(id: id, state: .active, version: version, settings: wanted))
    }

    private static func refused(
        _ errors: [UserError], _ known: PixelStatus?, _ wanted: PixelSettings
    ) -> Outcome {
        let state: PixelState =
            switch errors.first?.code {
            case "NO_EXTENSION": .noExtension
            case "INVALID_SETTINGS", "INVALID_CONFIGURATION_JSON", "INVALID_SETTINGS_DEFINITION", "BLANK":
                .invalidSettings
            default: .failed
            }
        return failed(state, UserError.text(errors), known, wanted)
    }

    /// The version stays: these settings were never in force.
    private static func failed(
        _ state: PixelState, _ message: String, _ known: PixelStatus?, _ wanted: PixelSettings
    ) -> Outcome {
        Outcome(
            action: "failed",
            status: PixelStatus(
                id: known?.id, state: state, version: known?.version ?? 0, settings: wanted, message: message))
    }
}

extension PixelSettings {
    /// Settings as Shopify gives them back: JSON as text.
    fileprivate init?(text: String) {
        let task = ReactorTask(
            id: 0, lane: 0, shop: 0, reactor: "", key: "", payload: text, attempt: 0, claim: 0)
        // Text that is no such JSON is the settings of another version.
        guard let settings = try? task.decoded(as: PixelSettings.self) else { return nil }
        self = settings
    }
}

package import EventModel
package import ReadModels

/// How it stands with the app in one shop, as the page and the command line show it.
package struct Installation: Sendable {
    /// Whether the app holds a token of the shop that works or can be renewed.
    package var isConnected: Bool
    /// What the shop has granted.
    package var scopes: [String]
    /// What the app wants and the shop has not granted.
    package var missingScopes: [String]
    package var webhooks: Webhooks?
    package var pixel: PixelState?
    /// What happened to the pixel, newest first.
    package var pixelHistory: [PixelChange]
    /// Newest first; one entry a resource.
    package var imports: [ImportProgress]

    /// Describes it; parts that are not known yet are nil or empty.
    package init(
        isConnected: Bool, scopes: [String] = [], missingScopes: [String] = [], webhooks: Webhooks? = nil,
        pixel: PixelState? = nil, pixelHistory: [PixelChange] = [], imports: [ImportProgress] = []
    ) {
        self.isConnected = isConnected
        self.scopes = scopes
        self.missingScopes = missingScopes
        self.webhooks = webhooks
        self.pixel = pixel
        self.pixelHistory = pixelHistory
        self.imports = imports
    }

    /// Appends the members of an object.
    package func writeMembers(_ writer: inout JSONWriter) {
        writer.member("connected", isConnected)
        writer.member("scopes", scopes)
        writer.member("missing_scopes", missingScopes)
        writer.member("webhooks") { value in if let webhooks { webhooks.write(&value) } else { value.null() } }
        writer.member("pixel") { value in if let pixel { pixel.write(&value) } else { value.null() } }
        writer.member("pixel_history") { $0.array(pixelHistory) { $1.write(&$0) } }
        writer.member("imports") { $0.array(imports) { $1.write(&$0) } }
    }

    /// Subscriptions at Shopify as the last check found them.
    package struct Webhooks: Sendable {
        package var wanted: Int
        package var registered: Int
        /// Topics that could not be subscribed to.
        package var failing: [String]
        /// Unix milliseconds.
        package var checkedAt: Int64?

        /// Describes a check.
        package init(wanted: Int, registered: Int, failing: [String] = [], checkedAt: Int64? = nil) {
            self.wanted = wanted
            self.registered = registered
            self.failing = failing
            self.checkedAt = checkedAt
        }

        func write(_ writer: inout JSONWriter) {
            writer.object { writer in
                writer.member("wanted", Int64(wanted))
                writer.member("registered", Int64(registered))
                writer.member("failing", failing)
                writer.member("checked_at", checkedAt.map(Timestamp.text))
            }
        }
    }
}

/// The web pixel of a shop.
package struct PixelState: Sendable {
    /// `active`, `deleted`, `no_extension`, `access_denied`, `invalid_settings` or `failed`.
    package var status: String
    /// Shopify's gid of it.
    package var id: String?
    /// Counts changes of its settings, from 1.
    package var version: Int64
    /// Unix milliseconds.
    package var updatedAt: Int64?
    /// Why it failed, in words for people.
    package var detail: String?

    /// Describes a pixel.
    package init(status: String, id: String? = nil, version: Int64 = 0, updatedAt: Int64? = nil, detail: String? = nil)
    {
        self.status = status
        self.id = id
        self.version = version
        self.updatedAt = updatedAt
        self.detail = detail
    }

    func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("status", status)
            writer.member("id", id)
            writer.member("version", version)
            writer.member("updated_at", updatedAt.map(Timestamp.text))
            writer.member("detail", detail)
        }
    }
}

/// One change of a shop's web pixel, or a try that failed.
package struct PixelChange: Sendable {
    /// Unix milliseconds.
    package var at: Int64
    /// `created`, `taken_over`, `updated`, `deleted` or `failed`.
    package var action: String
    /// The pixel after it.
    package var state: PixelState

    /// Describes a change.
    package init(at: Int64, action: String, state: PixelState) {
        self.at = at
        self.action = action
        self.state = state
    }

    func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("at", Timestamp.text(at))
            writer.member("action", action)
            writer.member("status", state.status)
            writer.member("version", state.version)
            writer.member("detail", state.detail)
        }
    }
}

/// How far the history of one resource has come.
package struct ImportProgress: Sendable {
    /// `products`, `orders`, `customers` or `abandoned_checkouts`.
    package var resource: String
    /// `asked`, `reading`, `finished` or `failed`.
    package var status: String
    /// Objects recorded so far.
    package var count: Int64
    /// Objects that could not be recorded.
    package var refused: Int64
    /// Objects that Shopify counted; nil while it counts.
    package var total: Int64?
    /// Unix milliseconds.
    package var startedAt: Int64?
    /// Unix milliseconds.
    package var finishedAt: Int64?
    /// Why it failed, in words for people.
    package var detail: String?

    /// Describes an import.
    package init(
        resource: String, status: String, count: Int64, refused: Int64 = 0, total: Int64? = nil,
        startedAt: Int64? = nil, finishedAt: Int64? = nil, detail: String? = nil
    ) {
        self.resource = resource
        self.status = status
        self.count = count
        self.refused = refused
        self.total = total
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.detail = detail
    }

    func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("resource", resource)
            writer.member("status", status)
            writer.member("count", count)
            writer.member("refused", refused)
            writer.member("total") { value in if let total { value.integer(total) } else { value.null() } }
            writer.member("started_at", startedAt.map(Timestamp.text))
            writer.member("finished_at", finishedAt.map(Timestamp.text))
            writer.member("detail", detail)
        }
    }
}

/// Knows how it stands with the app in a shop; conformed to by the Shopify side.
package protocol InstallationDesk: Sendable {
    /// The state of a shop of the registry, from our own tables; Shopify is not asked.
    func installation(of shop: ShopID) async throws -> Installation
}

/// Creates and changes web pixels; conformed to by the Shopify side.
package protocol PixelDesk: Sendable {
    /// Creates the shop's pixel, or takes over the one that is there; throws `AppRefusal`.
    func activate(shop: ShopID) async throws -> PixelState
    /// Writes the settings of now into the shop's pixel, and creates it where there is none; throws `AppRefusal`.
    func update(shop: ShopID) async throws -> PixelState
    /// Takes the shop's pixel away, until it is activated again; throws `AppRefusal`.
    func deactivate(shop: ShopID) async throws -> PixelState
}

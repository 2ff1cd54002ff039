/// Everything the stand-in knows, behind one lock.
struct StandInState {
    let configuration: StandInConfiguration
    let signer: ShopifySigner
    var baseURL = ""
    var shops: [String: ShopState] = [:]
    var codes: [String: PendingCode] = [:]
    var faults: [String: [AdminFault]] = [:]
    var appAddress: (public: String, local: String)?
    private(set) var log: [LoggedRequest] = []
    private var numbers = 0

    /// Older requests are forgotten beyond this, so that a demo of weeks does not grow.
    static let logMax = 20_000
    /// Bodies are kept up to this many bytes.
    static let bodyMax = 64 * 1024

    struct PendingCode {
        var shop: String
        var scopes: [String]
        var isOnline: Bool
        var expiresAt: Int64
    }

    init(configuration: StandInConfiguration) {
        self.configuration = configuration
        appAddress = configuration.appAddress
        signer = ShopifySigner(clientID: configuration.clientID, clientSecret: configuration.clientSecret)
    }

    /// Whether a name can be a shop's (shopify.md, section 2.1).
    static func isShop(_ domain: String) -> Bool {
        let suffix = [".myshopify.com", ".myshopify.io"].first(where: domain.hasSuffix)
        guard let suffix, domain.first != "-" else { return false }
        let name = domain.dropLast(suffix.count)
        return !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
    }

    mutating func withShop<R>(_ domain: String, _ body: (inout ShopState) throws -> R) rethrows -> R {
        var shop = shops[domain] ?? ShopState(domain: domain, configuration: configuration)
        // Out of the dictionary while it changes, so that its arrays are not copied.
        shops[domain] = nil
        defer { shops[domain] = shop }
        return try body(&shop)
    }

    mutating func note(_ request: LoggedRequest) {
        var request = request
        request.number = numbers
        request.body = Array(request.body.prefix(Self.bodyMax))
        numbers += 1
        log.append(request)
        if log.count > Self.logMax { log.removeFirst(log.count - Self.logMax) }
    }

    mutating func forgetLog() { log = [] }

    mutating func nextFault(_ shop: String) -> AdminFault? {
        guard faults[shop]?.isEmpty == false else { return nil }
        return faults[shop]?.removeFirst()
    }
}

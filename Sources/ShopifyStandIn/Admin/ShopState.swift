/// What Shopify keeps about one shop and our app in it.
struct ShopState {
    let domain: String
    let catalogue: ShopCatalogue
    /// Its storefront's hosts, the primary one first.
    var hosts: [String]
    var timezone = "America/Cancun"
    var searchLagMillis: Int64
    var isInstalled = false
    var scopes: [String] = []
    var tokens = TokenBook()
    var bucket: CostBucketState
    var pixel: Pixel?
    var subscriptions: [WebhookSubscription] = []
    var bulkRuns: [BulkRun] = []
    var bulkPlans: [BulkPlan] = []
    var drafts: [Draft] = []
    /// Orders of the catalogue that have changed since, by index, and orders placed since.
    var changedOrders: [Int: ShopOrder] = [:]
    var placedOrders: [ShopOrder] = []
    /// Products of the catalogue that have changed since, by id.
    var changedProducts: [Int64: ShopProduct] = [:]
    private var lastID: Int64 = 1000

    struct Pixel { var id: String, settings: String }

    struct Draft {
        var id: Int64
        var input: WireValue
        var createdAt: Int64
        var total: ShopMoney
    }

    init(domain: String, configuration: StandInConfiguration) {
        self.domain = domain
        hosts = [domain]
        searchLagMillis = configuration.searchLagMillis
        catalogue = ShopCatalogue(shop: domain, size: configuration.catalogue)
        bucket = CostBucketState(configuration)
        scopes = configuration.scopes
    }

    /// A number that no earlier thing of this shop has.
    mutating func nextID() -> Int64 {
        lastID += 1
        return catalogue.shopID + 900_000_000_000 + lastID
    }

    // MARK: Orders

    var orderCount: Int { catalogue.size.orders + placedOrders.count }

    func order(at index: Int) -> ShopOrder {
        index < catalogue.size.orders
            ? changedOrders[index] ?? catalogue.order(index) : placedOrders[index - catalogue.size.orders]
    }

    func orderIndex(_ id: Int64) -> Int? {
        catalogue.orderIndex(id)
            ?? placedOrders.firstIndex { $0.id == id }.map { $0 + catalogue.size.orders }
    }

    mutating func setOrder(_ order: ShopOrder, at index: Int) {
        if index < catalogue.size.orders {
            changedOrders[index] = order
        } else {
            placedOrders[index - catalogue.size.orders] = order
        }
    }

    var products: [ShopProduct] { catalogue.products.map { changedProducts[$0.id] ?? $0 } }

    /// The app is gone: tokens, subscriptions and the pixel with it.
    mutating func uninstall() {
        isInstalled = false
        tokens.revokeAll()
        subscriptions = []
        pixel = nil
        bulkRuns = []
    }
}

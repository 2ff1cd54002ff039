internal import Synchronization

/// What tests and the demo ask and tell the stand-in.
extension StandIn {
    // MARK: The log

    /// Requests so far, oldest first.
    package var requests: [LoggedRequest] { state.withLock { $0.log } }

    /// Everything that was wrong in the requests so far, each with the request it was found in.
    package var problems: [String] {
        requests.flatMap { request in
            request.problems.map { "\(request.method) \(request.target) \(request.operation ?? ""): \($0)" }
        }
    }

    /// GraphQL operations by name, in the order they came.
    package func operations(of shop: String? = nil) -> [String] {
        requests.filter { shop == nil || $0.shop == shop }.compactMap(\.operation)
    }

    /// Empties the log.
    package func forgetRequests() { state.withLock { $0.forgetLog() } }

    // MARK: Faults

    /// The next requests of a shop to the Admin API meet these, one each.
    package func fail(_ shop: String, _ faults: AdminFault...) {
        state.withLock { $0.faults[shop, default: []] += faults }
    }

    /// The next bulk queries of a shop go like this, one each.
    package func plan(_ shop: String, _ plans: BulkPlan...) {
        state.withLock { $0.withShop(shop) { $0.bulkPlans += plans } }
    }

    /// Empties a shop's cost bucket, as other work of the app would.
    package func drainCost(_ shop: String) {
        let now = configuration.nowMillis()
        state.withLock { $0.withShop(shop) { $0.bucket.drain(now: now) } }
    }

    // MARK: Installation

    /// Whether the app is installed.
    package func isInstalled(_ shop: String) -> Bool { state.withLock { $0.withShop(shop) { $0.isInstalled } } }

    /// Installs without a merchant and returns a token; `isExpiring` false makes one of the old kind.
    package func install(_ shop: String, scopes: [String], isExpiring: Bool = true) -> String {
        let ends = isExpiring ? configuration.nowMillis() + configuration.accessTokenSeconds * 1000 : nil
        return state.withLock {
            $0.withShop(shop) { shop in
                shop.isInstalled = true
                shop.scopes = scopes
                return shop.tokens.issueAccess(scopes, expiresAt: ends)
            }
        }
    }

    /// The merchant removes the app: tokens die at once. `uninstalledPayload` is the body of the webhook that follows.
    package func uninstall(_ shop: String) { state.withLock { $0.withShop(shop) { $0.uninstall() } } }

    /// Ends the access tokens of a shop and leaves the rest, as a secret's rotation does.
    package func revokeAccess(_ shop: String) {
        state.withLock {
            $0.withShop(shop) { shop in for grant in shop.tokens.access { shop.tokens.revoke(grant.token) } }
        }
    }

    /// Every token ever given out, so that a test can look for them where they must not be.
    package var issuedTokens: [String] { state.withLock { $0.shops.values.flatMap(\.tokens.everIssued) } }

    /// A session token of a merchant's embedded page.
    package func mintSessionToken(shop: String, user: String = "42") -> String {
        signer.sessionToken(shop: shop, user: user, nowMillis: configuration.nowMillis())
    }

    /// The address that Shopify opens in the merchant's browser after they agreed, for a callback without an
    /// authorization request before it.
    package func callback(_ shop: String, scopes: [String], state nonce: String, redirect: String) -> String {
        let now = configuration.nowMillis()
        return state.withLock {
            $0.grant(shop, scopes: scopes, isOnline: false, state: nonce, redirect, now)
        }
    }

    /// The query of a call through the app proxy, signed; `customer` is empty for guests.
    package func proxyQuery(_ shop: String, customer: String = "", _ more: [(String, String)] = []) -> String {
        let now = configuration.nowMillis()
        return signer.proxyQuery(
            more + [
                ("shop", shop), ("logged_in_customer_id", customer), ("path_prefix", "/apps/mattressai"),
                ("timestamp", String(now / 1000)),
            ])
    }

    // MARK: What the shop holds

    /// The made-up shop.
    package func catalogue(_ shop: String) -> ShopCatalogue { state.withLock { $0.withShop(shop) { $0.catalogue } } }

    /// The merchant moves the shop: its storefront's hosts, the primary one first, and its zone.
    package func move(_ shop: String, hosts: [String], timezone: String) {
        state.withLock {
            $0.withShop(shop) { shop in
                shop.hosts = hosts
                shop.timezone = timezone
            }
        }
    }

    /// Ids and settings (JSON text) of the shop's pixel, nil where there is none.
    package func pixel(_ shop: String) -> (id: String, settings: String)? {
        state.withLock { $0.withShop(shop) { shop in shop.pixel.map { ($0.id, $0.settings) } } }
    }

    /// Makes a pixel as an earlier installation left it, so that the next create is TAKEN.
    package func setPixel(_ shop: String, settings: String) {
        state.withLock {
            $0.withShop(shop) { shop in
                shop.pixel = .init(id: GlobalID.text("WebPixel", shop.nextID()), settings: settings)
            }
        }
    }

    /// Subscriptions made through the API.
    package func subscriptions(_ shop: String) -> [WebhookSubscription] {
        state.withLock { $0.withShop(shop) { $0.subscriptions } }
    }

    /// Removes a subscription behind the app's back, as Shopify does after too many failures.
    package func dropSubscription(_ shop: String, topic: String) {
        state.withLock { $0.withShop(shop) { $0.subscriptions.removeAll { $0.topic == topic } } }
    }

    /// The number of draft orders made.
    package func draftCount(_ shop: String) -> Int { state.withLock { $0.withShop(shop) { $0.drafts.count } } }

    /// The number of orders, the catalogue's and those placed since.
    package func orderCount(_ shop: String) -> Int { state.withLock { $0.withShop(shop) { $0.orderCount } } }

    /// The order `index`: the catalogue's first, then those placed since.
    package func order(_ shop: String, _ index: Int) -> ShopOrder {
        state.withLock { $0.withShop(shop) { $0.order(at: index) } }
    }

    /// Changes the order `index` and returns it as it is then; `updatedAt` moves to now unless the change set it later.
    @discardableResult
    package func changeOrder(_ shop: String, _ index: Int, _ change: (inout ShopOrder) -> Void) -> ShopOrder {
        let now = configuration.nowMillis() / 1000 * 1000
        return state.withLock {
            $0.withShop(shop) { shop in
                var order = shop.order(at: index)
                change(&order)
                order.updatedAt = max(order.updatedAt, now)
                shop.setOrder(order, at: index)
                return order
            }
        }
    }

    /// Places an order like one of the catalogue's, created now, and returns its index and itself.
    @discardableResult
    package func placeOrder(_ shop: String, _ change: (inout ShopOrder) -> Void = { _ in }) -> (
        index: Int, order: ShopOrder
    ) {
        let now = configuration.nowMillis() / 1000 * 1000
        return state.withLock {
            $0.withShop(shop) { shop in
                let index = shop.orderCount
                var order = shop.catalogue.order(index).paid
                order.createdAt = now
                order.updatedAt = now
                change(&order)
                shop.placedOrders.append(order)
                return (index, order)
            }
        }
    }

    /// Changes a product and returns it as it is then.
    @discardableResult
    package func changeProduct(_ shop: String, _ index: Int, _ change: (inout ShopProduct) -> Void) -> ShopProduct {
        let now = configuration.nowMillis() / 1000 * 1000
        return state.withLock {
            $0.withShop(shop) { shop in
                var product = shop.products[index]
                change(&product)
                product.updatedAt = now
                shop.changedProducts[product.id] = product
                return product
            }
        }
    }
}

extension ShopOrder {
    /// The order without refunds and cancellation, paid by one sale.
    fileprivate var paid: ShopOrder {
        var order = self
        order.refunds = []
        order.cancelledAt = nil
        for index in order.lines.indices { order.lines[index].currentQuantity = order.lines[index].quantity }
        order.transactions = [
            ShopTransaction(
                id: id + 1_000_000_000_000_000, parent: nil, kind: "SALE", status: "SUCCESS", amount: total,
                gateway: gateway, at: createdAt, errorCode: nil)
        ]
        return order
    }
}

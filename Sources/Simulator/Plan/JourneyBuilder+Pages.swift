/// The pages of the storefront and what happens on them.
extension JourneyBuilder {
    /// Any page that a browsing shopper may go to next.
    mutating func browse() {
        switch self.random.weighted([46, 22, 12, 10, 10]) {
        case 0: self.openProduct()
        case 1: self.openCollection()
        case 2: self.openSearch()
        case 3: self.openHome()
        default: self.openArticle()
        }
    }

    mutating func openHome(search: String = "", referrer: String? = nil) {
        self.open("/", title: "Home", search: search, referrer: referrer)
        if self.random.chance(0.25) { self.record(.clicked, .short) }
    }

    mutating func openArticle(search: String = "", referrer: String? = nil) {
        let articles = ["/blogs/sleep/how-firm", "/blogs/sleep/side-sleepers", "/pages/about", "/pages/returns"]
        self.open(self.random.pick(articles), title: "Sleep better", search: search, referrer: referrer)
        if self.random.chance(0.08) { self.record(.quizAnswered, .short) }
    }

    mutating func openCollection(search: String = "", referrer: String? = nil) {
        let collection = self.random.pick(self.world.catalogue.collections)
        self.open("/collections/\(collection.handle)", title: collection.title, search: search, referrer: referrer)
        self.record(.collectionViewed, .none)
        if self.random.chance(0.2) { self.record(.clicked, .short) }
    }

    mutating func openSearch() {
        let query = self.random.pick(["topper", "pillow", "king+size", "%C3%A9t%C3%A9", "memory+foam", "warranty"])
        self.open("/search", title: "Search", search: "?q=\(query)&options%5Bprefix%5D=last")
        self.record(.searchSubmitted, .none)
    }

    /// A product page; its variant is the one that may go into the cart.
    @discardableResult
    mutating func openProduct(search: String = "", referrer: String? = nil) -> Int {
        let product = self.random.pick(self.world.catalogue.products)
        let variant = self.random.pick(product.variants)
        self.open(product.path, title: product.title, search: search, referrer: referrer)
        self.record(.productViewed, .none, variant: variant)
        if self.random.chance(0.15) { self.record(.clicked, .short) }
        if self.random.chance(0.04) { self.record(.loyaltyShown, .short) }
        return variant
    }

    /// Puts a variant into the cart, which gets its token with the first one.
    mutating func addToCart(_ variant: Int) {
        if self.visitor.cart.isEmpty {
            self.visitor.cartToken = self.world.cartToken(UInt64(self.session.number))
        }
        self.session.cartToken = self.visitor.cartToken
        if let line = self.visitor.cart.firstIndex(where: { $0.variant == variant }) {
            self.visitor.cart[line].quantity += 1
        } else {
            self.visitor.cart.append(CartLine(variant: variant, quantity: self.random.chance(0.15) ? 2 : 1))
        }
        self.record(.addedToCart, .short, variant: variant, withCart: true)
    }

    mutating func openCart() {
        self.open("/cart", title: "Your cart")
        self.record(.cartViewed, .none, withCart: true)
        guard self.visitor.cart.count >= 2, self.random.chance(0.2) else { return }
        let line = self.visitor.cart.removeLast()
        self.record(.removedFromCart, .short, variant: line.variant, withCart: true)
    }

    /// Talks to the widget on the page that is open. A page must follow, so that the widget never ends a visit.
    mutating func talkToWidget() {
        self.record(.widgetStart, .short)
        for _ in 0..<(1 + self.random.below(3)) { self.record(.widgetEvent, .short) }
        if self.random.chance(0.45) { self.record(.widgetLead, .short) }
    }
}

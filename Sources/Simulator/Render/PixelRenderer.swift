/// Writes the events of one visit as the web pixel posts them. The same event is the same bytes every time.
struct PixelRenderer {
    let world: ShopWorld
    let session: PlannedSession
    private let contexts: [String]
    private let consent: String

    init(world: ShopWorld, session: PlannedSession) {
        self.world = world
        self.session = session
        self.contexts = session.pages.map { PixelRenderer.context(world, session, $0) }
        self.consent = PixelRenderer.consent(session.consent)
    }

    /// One event. An altered one has the same identity (name, id, timestamp) and other content.
    func event(_ index: Int, isAltered: Bool = false) -> String {
        let event = self.session.events[index]
        var out = "{\"id\":\"\(self.id(index))\",\"name\":\"\(event.kind.name)\","
        if event.kind.isCustom {
            out += "\"customData\":\(self.customData(event)),"
        } else if !event.quirks.contains(.dataMissing) || isAltered {
            out += "\"data\":\(self.data(event)),"
        }
        if isAltered { out += "\"altered\":true," }
        if !event.quirks.contains(.typeMissing) { out += "\"type\":\"\(event.kind.type)\"," }
        if self.session.sendsClientID { out += "\"clientId\":\"\(self.session.clientID)\"," }
        let isPlain = event.quirks.contains(.plainOffset)
        out += "\"timestamp\":\"\(isPlain ? ClockText.plainOffset(event.time) : ClockText.utc(event.time))\","
        if !event.quirks.contains(.seqMissing) { out += "\"seq\":\(event.seq)," }
        out += "\"context\":\(event.quirks.contains(.contextEmpty) ? "{}" : self.contexts[event.page])"
        return out + self.consent + "}"
    }

    /// `sh-` and mixed case, as Shopify makes them; a plain UUID for a custom event.
    func id(_ index: Int) -> String {
        let number = UInt64(self.session.number) &* 4096 &+ UInt64(index)
        let uuid = self.world.uuid(IDKind.event, number)
        guard !self.session.events[index].kind.isCustom else { return uuid }
        return "sh-" + uuid.prefix(8) + uuid.dropFirst(8).uppercased()
    }

    private func data(_ event: PlannedEvent) -> String {
        switch event.kind {
        case .productViewed: "{\"productVariant\":\(self.variant(event.variant))}"
        case .collectionViewed: self.collection(event)
        case .searchSubmitted: self.searchResult(event)
        case .cartViewed: self.cart(event)
        case .addedToCart, .removedFromCart:
            "{\"cartLine\":\(self.cartLine(CartLine(variant: event.variant, quantity: 1)))}"
        case .checkoutStarted, .contactSubmitted, .addressSubmitted, .shippingSubmitted, .paymentSubmitted,
            .checkoutCompleted:
            "{\"checkout\":\(self.checkout(event))}"
        case .alertDisplayed: self.alert()
        case .clicked: PixelRenderer.click(event)
        case .inputChanged: self.input()
        case .formSubmitted: PixelRenderer.form
        default: "{}"
        }
    }

    private static func consent(_ form: ConsentForm) -> String {
        switch form {
        case .unstated: ""
        case .granted:
            ",\"consent\":{\"analytics\":true,\"marketing\":true,\"preferences\":true,\"saleOfData\":true}"
        case .grantedWithoutMarketing:
            ",\"consent\":{\"analytics\":true,\"marketing\":false,\"preferences\":true,\"saleOfData\":false}"
        case .grantedShopifyNames:
            ",\"customerPrivacy\":{\"analyticsProcessingAllowed\":true,\"marketingAllowed\":true,"
                + "\"preferencesProcessingAllowed\":true,\"saleOfDataAllowed\":true}"
        case .denied:
            ",\"consent\":{\"analytics\":false,\"marketing\":false,\"preferences\":false,\"saleOfData\":false}"
        case .deniedShopifyNames:
            ",\"customerPrivacy\":{\"analyticsProcessingAllowed\":false,\"marketingAllowed\":false,"
                + "\"preferencesProcessingAllowed\":false,\"saleOfDataAllowed\":false}"
        }
    }

    private static func context(_ world: ShopWorld, _ session: PlannedSession, _ page: PlannedPage) -> String {
        let host = world.options.storefrontHost
        let location =
            "{\"href\":\"\(world.origin)\(page.path)\(page.search)\",\"hash\":\"\",\"host\":\"\(host)\","
            + "\"hostname\":\"\(host)\",\"origin\":\"\(world.origin)\",\"pathname\":\"\(page.path)\",\"port\":\"\","
            + "\"protocol\":\"https:\",\"search\":\"\(page.search)\"}"
        let languages = session.place.languages
        let screen = session.agent.screen
        // Browsers on high-density screens scroll by fractions of a pixel.
        let scroll = session.number % 5 == 0 ? "1050.2857666015625" : "0"
        return "{\"document\":{\"location\":\(location),\"referrer\":\"\(page.referrer)\","
            + "\"characterSet\":\"UTF-8\",\"title\":\(JSONText.string(page.title))},"
            + "\"navigator\":{\"language\":\"\(languages[0])\",\"cookieEnabled\":true,"
            + "\"languages\":\(JSONText.array(languages.map(JSONText.string))),"
            + "\"userAgent\":\"\(session.agent.userAgent)\"},"
            + "\"window\":{\"innerHeight\":\(screen.height - 89),\"innerWidth\":\(screen.width),"
            + "\"outerHeight\":\(screen.height - 37),\"outerWidth\":\(screen.width),\"pageXOffset\":0,"
            + "\"pageYOffset\":\(scroll),\"location\":\(location),\"origin\":\"\(world.origin)\","
            + "\"screen\":{\"height\":\(screen.height),\"width\":\(screen.width)},\"screenX\":0,\"screenY\":37,"
            + "\"scrollX\":0,\"scrollY\":\(scroll)}}"
    }
}

/// The `checkout` object, which grows from step to step.
extension PixelRenderer {
    func checkout(_ event: PlannedEvent) -> String {
        let money = self.world.catalogue.money
        let cart = event.cart < 0 ? [] : self.session.carts[event.cart]
        let lines = self.world.orderLines(
            cart, order: self.session.number, discountPercent: self.session.discountPercent)
        let discount = lines.reduce(0) { $0 + $1.discount }
        let subtotal = lines.reduce(0) { $0 + $1.net }
        let tax = lines.reduce(0) { $0 + $1.tax }
        let shipping = event.kind == .checkoutStarted ? 0 : self.world.shipping(for: cart)
        let total = subtotal + tax + shipping
        let address = self.address(isKnown: event.kind != .checkoutStarted && event.kind != .contactSubmitted)
        return "{\"attributes\":[],\"billingAddress\":\(address),\"buyerAcceptsEmailMarketing\":false,"
            + "\"buyerAcceptsSmsMarketing\":false,\"currencyCode\":\"\(money.currency)\","
            + "\"delivery\":{\"selectedDeliveryOptions\":[]},\"discountApplications\":\(self.discounts()),"
            + "\"discountsAmount\":\(money.pixel(discount)),\(self.contact(event)),"
            + "\"lineItems\":\(JSONText.array(lines.map { self.lineItem($0) })),\(self.localization()),"
            + "\"order\":\(self.orderObject(event)),\"shippingAddress\":\(address),"
            + "\"shippingLine\":{\"price\":\(money.pixel(shipping))},\"smsMarketingPhone\":null,"
            + "\"subtotalPrice\":\(money.pixel(subtotal)),\"token\":\"\(self.session.checkoutToken)\","
            + "\"totalPrice\":\(money.pixel(total)),\"totalTax\":\(money.pixel(tax)),"
            + "\"transactions\":\(self.transactions(event, total: total))}"
    }

    private func contact(_ event: PlannedEvent) -> String {
        guard self.session.showsPersonalData, event.kind != .checkoutStarted else {
            return self.session.number % 2 == 0 ? "\"email\":null,\"phone\":null" : "\"email\":\"\",\"phone\":\"\""
        }
        let person = Person(number: self.session.person, seed: self.world.options.seed)
        return "\"email\":\"\(person.email)\",\"phone\":\"\(person.phone)\""
    }

    private func address(isKnown: Bool) -> String {
        let place = self.session.place
        guard self.session.showsPersonalData, isKnown else {
            return "{\"address1\":null,\"address2\":null,\"city\":null,\"country\":\"\(place.country)\","
                + "\"countryCode\":\"\(place.country)\",\"firstName\":null,\"lastName\":null,\"phone\":null,"
                + "\"province\":null,\"provinceCode\":null,\"zip\":null}"
        }
        let person = Person(number: self.session.person, seed: self.world.options.seed)
        return "{\"address1\":\(JSONText.string(person.street)),\"address2\":\"\",\"city\":\"\(place.city)\","
            + "\"country\":\"\(place.country)\",\"countryCode\":\"\(place.country)\","
            + "\"firstName\":\"\(person.first)\",\"lastName\":\"\(person.last)\",\"phone\":\"\(person.phone)\","
            + "\"province\":\"\(place.province)\",\"provinceCode\":\"\(place.province)\",\"zip\":\"\(person.zip)\"}"
    }

    private func discounts() -> String {
        guard self.session.discountPercent > 0 else { return "[]" }
        return "[{\"allocationMethod\":\"ACROSS\",\"targetSelection\":\"ALL\",\"targetType\":\"LINE_ITEM\","
            + "\"title\":\"WELCOME10\",\"type\":\"DISCOUNT_CODE\","
            + "\"value\":{\"percentage\":\(self.session.discountPercent)}}]"
    }

    /// Two lines of one variant share the variant's id, as recorded checkouts do.
    private func lineItem(_ line: OrderLine) -> String {
        let variant = self.world.catalogue.variants[line.variant]
        let product = self.world.catalogue.products[variant.product]
        return "{\"discountAllocations\":[],"
            + "\"finalLinePrice\":\(self.world.catalogue.money.pixel(line.net)),\"id\":\"\(variant.id)\","
            + "\"properties\":[],\"quantity\":\(line.quantity),\"sellingPlanAllocation\":null,"
            + "\"title\":\(JSONText.string(product.title)),"
            + "\"variant\":\(self.variant(line.variant, imageWithScheme: true))}"
    }

    private func localization() -> String {
        let place = self.session.place
        return "\"localization\":{\"country\":{\"isoCode\":\"\(place.country)\"},"
            + "\"language\":{\"isoCode\":\"\(place.languages[0])\"},"
            + "\"market\":{\"id\":\"gid://shopify/Market/23505895537\",\"handle\":\"\(place.country.lowercased())\"}}"
    }

    /// `{}` in old recordings, nulls in newer ones; the id plain or as a gid.
    private func orderObject(_ event: PlannedEvent) -> String {
        guard event.kind == .checkoutCompleted, let orderID = self.session.orderID else {
            return self.session.number % 7 == 0
                ? "{}" : "{\"id\":null,\"customer\":{\"id\":null,\"isFirstOrder\":null}}"
        }
        let id = self.session.number % 4 == 0 ? "gid://shopify/OrderIdentity/\(orderID)" : "\(orderID)"
        let customer = self.session.customerID.map { "\"\($0)\"" } ?? "null"
        return "{\"id\":\"\(id)\",\"customer\":{\"id\":\(customer),\"isFirstOrder\":null}}"
    }

    private func transactions(_ event: PlannedEvent, total: Int) -> String {
        guard event.kind == .checkoutCompleted else { return "[]" }
        return "[{\"amount\":\(self.world.catalogue.money.pixel(total)),\"gateway\":\"shopify_payments\","
            + "\"paymentMethod\":{\"name\":\"visa\",\"type\":\"creditCard\"}}]"
    }
}

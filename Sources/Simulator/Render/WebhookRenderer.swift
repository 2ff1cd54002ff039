/// Writes the bodies of Shopify's webhooks.
struct WebhookRenderer {
    let world: ShopWorld
    let calendar: ShopCalendar
    var money: MoneyText { self.world.catalogue.money }

    /// A cart: `id` and `token` are the same text, times are UTC.
    func cart(_ session: PlannedSession, snapshot: Int, at time: Int64) -> String {
        let lines = session.carts[snapshot].map { line in
            let variant = self.world.catalogue.variants[line.variant]
            let product = self.world.catalogue.products[variant.product]
            return "{\"id\":\(variant.id),\"properties\":null,\"quantity\":\(line.quantity),"
                + "\"variant_id\":\(variant.id),\"key\":\"\(variant.id):3abdf474\",\"product_id\":\(product.id),"
                + "\"title\":\(JSONText.string(product.title)),\"sku\":\(JSONText.string(variant.sku)),"
                + "\"vendor\":\(JSONText.string(product.vendor)),\"gift_card\":false,\"taxable\":true,\"grams\":200,"
                + self.price("price", variant.price) + ","
                + self.price("line_price", variant.price * line.quantity) + "}"
        }
        let text = ClockText.utc(time)
        return "{\"id\":\"\(session.cartToken)\",\"token\":\"\(session.cartToken)\","
            + "\"line_items\":\(JSONText.array(lines)),\"note\":null,\"updated_at\":\"\(text)\","
            + "\"created_at\":\"\(text)\"}"
    }

    /// A checkout, which joins its cart by `cart_token`; it knows the shopper from the contact step on.
    func checkout(_ session: PlannedSession, snapshot: Int, isKnown: Bool, at time: Int64) -> String {
        let lines = self.world.orderLines(
            session.carts[snapshot], order: session.number, discountPercent: session.discountPercent)
        let gross = lines.reduce(0) { $0 + $1.gross }
        let discount = lines.reduce(0) { $0 + $1.discount }
        let tax = lines.reduce(0) { $0 + $1.tax }
        let shipping = isKnown ? self.world.shipping(for: session.carts[snapshot]) : 0
        let total = gross - discount + tax + shipping
        let person = Person(number: session.person, seed: self.world.options.seed)
        let email = isKnown ? "\"\(person.email)\"" : "null"
        let key = session.checkoutToken.prefix(12)
        return "{\"token\":\"\(session.checkoutToken)\",\"cart_token\":\"\(session.cartToken)\",\"email\":\(email),"
            + "\"gateway\":null,\"buyer_accepts_marketing\":false,\"created_at\":\"\(self.calendar.shopText(time))\","
            + "\"updated_at\":\"\(self.calendar.shopText(time))\",\"landing_site\":null,\"note\":null,"
            + "\"note_attributes\":[],\"referring_site\":null,\"shipping_lines\":[],\"taxes_included\":false,"
            + "\"total_weight\":1133,\"currency\":\"\(self.money.currency)\",\"completed_at\":null,\"closed_at\":null,"
            + "\"phone\":null,\"customer_locale\":\"\(session.place.languages[0])\","
            + "\"line_items\":\(JSONText.array(lines.map(self.checkoutLine))),"
            + "\"abandoned_checkout_url\":\"\(self.world.origin)/548380009/checkouts/ac/\(session.cartToken)"
            + "/recover?key=\(key)\",\"discount_codes\":[],\"tax_lines\":[],\"source_name\":\"web\","
            + "\"presentment_currency\":\"\(self.money.currency)\","
            + "\"total_discounts\":\"\(self.money.decimal(discount))\","
            + "\"total_line_items_price\":\"\(self.money.decimal(gross))\","
            + "\"subtotal_price\":\"\(self.money.decimal(gross - discount))\","
            + "\"total_tax\":\"\(self.money.decimal(tax))\",\"total_price\":\"\(self.money.decimal(total))\"}"
    }

    private func checkoutLine(_ line: OrderLine) -> String {
        let variant = self.world.catalogue.variants[line.variant]
        let product = self.world.catalogue.products[variant.product]
        return "{\"key\":\"\(line.id)\",\"product_id\":\(product.id),\"variant_id\":\(variant.id),"
            + "\"title\":\(JSONText.string(product.title)),\"variant_title\":\(JSONText.string(variant.title)),"
            + "\"quantity\":\(line.quantity),\"price\":\"\(self.money.decimal(line.price))\","
            + "\"line_price\":\"\(self.money.decimal(line.gross))\",\"sku\":\(JSONText.string(variant.sku)),"
            + "\"requires_shipping\":true,\"taxable\":true,\"gift_card\":false,\"properties\":null}"
    }

    /// A customer as the customers topics send it: no counters, no consents.
    func customer(_ order: PlannedOrder) -> String {
        let person = Person(number: order.person, seed: self.world.options.seed)
        let time = self.calendar.shopText(order.time)
        return "{\"id\":\(order.customerID),\"created_at\":\"\(time)\",\"updated_at\":\"\(time)\","
            + "\"first_name\":\"\(person.first)\",\"last_name\":\"\(person.last)\",\"state\":\"disabled\","
            + "\"note\":null,\"verified_email\":true,\"multipass_identifier\":null,\"tax_exempt\":false,"
            + "\"email\":\"\(person.email)\",\"phone\":\"\(person.phone)\",\"currency\":\"\(self.money.currency)\","
            + "\"addresses\":[],\"tax_exemptions\":[],"
            + "\"admin_graphql_api_id\":\"gid://shopify/Customer/\(order.customerID)\","
            + "\"default_address\":\(self.address(order, person))}"
    }

    func address(_ order: PlannedOrder, _ person: Person) -> String {
        let place = order.place
        return "{\"first_name\":\"\(person.first)\",\"address1\":\(JSONText.string(person.street)),"
            + "\"phone\":\"\(person.phone)\",\"city\":\"\(place.city)\",\"zip\":\"\(person.zip)\","
            + "\"province\":\"\(place.province)\",\"country\":\"\(place.countryName)\","
            + "\"last_name\":\"\(person.last)\",\"address2\":null,\"company\":null,\"latitude\":48.25,\"longitude\":11.5,"
            + "\"name\":\"\(person.first) \(person.last)\",\"country_code\":\"\(place.country)\","
            + "\"province_code\":\"\(place.province)\"}"
    }

    /// `"price":"404.95","price_set":{...}`.
    func price(_ name: String, _ minor: Int) -> String {
        "\"\(name)\":\"\(self.money.decimal(minor))\",\"\(name)_set\":\(self.money.set(minor))"
    }
}

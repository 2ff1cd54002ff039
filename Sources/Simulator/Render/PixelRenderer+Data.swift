/// The `data` of storefront, DOM and custom events.
extension PixelRenderer {
    func variant(_ index: Int, imageWithScheme: Bool = false) -> String {
        let catalogue = self.world.catalogue
        let variant = catalogue.variants[index]
        let product = catalogue.products[variant.product]
        let title = JSONText.string(product.title)
        let image =
            (imageWithScheme ? "https:" : "")
            + "//\(self.world.options.storefrontHost)/cdn/shop/files/\(product.handle)_64x64.jpg?v=1724736597"
        return "{\"id\":\"\(variant.id)\",\"image\":{\"src\":\"\(image)\"},"
            + "\"price\":\(catalogue.money.pixel(variant.price)),"
            + "\"product\":{\"id\":\"\(product.id)\",\"title\":\(title),\"vendor\":\(JSONText.string(product.vendor)),"
            + "\"type\":\(JSONText.string(product.type)),\"untranslatedTitle\":\(title),\"url\":\"\(product.path)\"},"
            + "\"sku\":\(variant.sku.isEmpty ? "null" : "\"\(variant.sku)\""),"
            + "\"title\":\(JSONText.string(variant.title)),\"untranslatedTitle\":\(JSONText.string(variant.title))}"
    }

    func cartLine(_ line: CartLine) -> String {
        let price = self.world.catalogue.variants[line.variant].price * line.quantity
        return "{\"cost\":{\"totalAmount\":\(self.world.catalogue.money.pixel(price))},"
            + "\"merchandise\":\(self.variant(line.variant)),\"quantity\":\(line.quantity)}"
    }

    func cart(_ event: PlannedEvent) -> String {
        let lines = event.cart < 0 ? [] : self.session.carts[event.cart]
        guard !lines.isEmpty else { return "{\"cart\":null}" }
        let total = lines.reduce(0) { $0 + self.world.catalogue.variants[$1.variant].price * $1.quantity }
        return "{\"cart\":{\"attributes\":[],\"cost\":{\"totalAmount\":\(self.world.catalogue.money.pixel(total))},"
            + "\"id\":\"\(self.session.cartToken)\",\"lines\":\(JSONText.array(lines.map(self.cartLine))),"
            + "\"totalQuantity\":\(lines.reduce(0) { $0 + $1.quantity })}}"
    }

    func collection(_ event: PlannedEvent) -> String {
        let path = self.session.pages[event.page].path
        let catalogue = self.world.catalogue
        guard let index = catalogue.collections.firstIndex(where: { path.hasSuffix("/" + $0.handle) }) else {
            return "{}"
        }
        let found = catalogue.products(in: index).prefix(3).map { self.variant($0.variants[0]) }
        let collection = catalogue.collections[index]
        return "{\"collection\":{\"id\":\"\(collection.id)\",\"title\":\(JSONText.string(collection.title)),"
            + "\"productVariants\":\(JSONText.array(found))}}"
    }

    func searchResult(_ event: PlannedEvent) -> String {
        let query = self.session.pages[event.page].search.dropFirst(3).prefix { $0 != "&" }
        let isEmpty = query == "warranty"
        let found = isEmpty ? [] : self.world.catalogue.products.suffix(2).map { self.variant($0.variants[0]) }
        let text = query == "%C3%A9t%C3%A9" ? "été" : String(query).replacing("+", with: " ")
        return "{\"searchResult\":{\"query\":\(JSONText.string(text)),\"productVariants\":\(JSONText.array(found))}}"
    }

    func alert() -> String {
        let person = Person(number: self.session.person, seed: self.world.options.seed)
        let value = self.session.showsPersonalData ? JSONText.string(person.street) : "null"
        return "{\"alert\":{\"target\":\"cart.deliveryGroups[0].deliveryAddress.address1\",\"type\":\"INPUT_INVALID\","
            + "\"value\":\(value),\"message\":\"Enter a valid address\"}}"
    }

    func input() -> String {
        let person = Person(number: self.session.person, seed: self.world.options.seed)
        let value = self.session.showsPersonalData ? person.email : ""
        return "{\"element\":{\"id\":\"email\",\"name\":\"email\",\"tagName\":\"INPUT\",\"type\":\"text\","
            + "\"value\":\"\(value)\"}}"
    }

    static func click(_ event: PlannedEvent) -> String {
        let x = 20 + Int(event.time % 900)
        let y = 30 + Int(event.time / 7 % 600)
        return "{\"clientX\":\(x),\"clientY\":\(y),\"movementX\":0,\"movementY\":0,\"offsetX\":\(x % 40),"
            + "\"offsetY\":\(y % 30),\"pageX\":\(x),\"pageY\":\(y).5,\"screenX\":\(x),\"screenY\":\(y + 120),"
            + "\"element\":{\"id\":\"\",\"name\":\"\",\"tagName\":\"A\",\"type\":null,\"value\":null,"
            + "\"href\":\"#details\"}}"
    }

    static let form =
        "{\"element\":{\"id\":\"ContactFooter\",\"action\":\"/contact#ContactFooter\",\"elements\":["
        + "{\"id\":\"\",\"name\":\"form_type\",\"tagName\":\"INPUT\",\"type\":\"hidden\",\"value\":\"contact\"},"
        + "{\"id\":\"\",\"name\":\"contact[body]\",\"tagName\":\"TEXTAREA\",\"type\":\"textarea\",\"value\":null}]}}"

    func customData(_ event: PlannedEvent) -> String {
        let wide =
            event.quirks.contains(.wideNumbers)
            ? ",\"maxInt\":9223372036854775807,\"overflow\":9999999999999999999,\"tiny\":-1.5e-400,\"odd\":27.270000"
            : ""
        if event.kind == .loyaltyShown {
            return
                "{\"points\":\(event.time % 5000),\"tier\":\"gold\",\"widgets\":[null,true,{\"a\":{\"b\":[]}}]\(wide)}"
        }
        return "{\"question\":\"How do you sleep?\",\"answer\":\"on my \\\"side\\\"\\n\",\"step\":\(event.seq),"
            + "\"html\":\"<div class=\\\"quiz\\\">&amp;</div>\"\(wide)}"
    }
}

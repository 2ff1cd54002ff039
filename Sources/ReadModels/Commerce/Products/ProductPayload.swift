internal import EventModel

/// A product as one payload of `products/create` or `products/update` has it.
struct ProductPayload {
    var version: PayloadVersion
    var createdAt: Int64?
    var updatedAt: Int64?
    var publishedAt: Int64?
    /// title, handle, vendor, product_type, status, description
    var texts: [String]
    var imageURL: String?
    var tags: [String]
    var options: [(name: String, values: [String])]
    /// All that it lists, also those whose details are left out after the first hundred.
    var variantIDs: [Int64]
    var variants: [VariantPayload]

    static let textNames = ["title", "handle", "vendor", "product_type", "status", "description"]
    /// Of a title and the like; Shopify takes 255 characters, and a `tsvector` has room for some more.
    private static let textBytesMax = 2_000
    /// Variants of one product that are kept; Shopify allows 2,048.
    private static let variantsMax = 5_000

    init(_ event: EventFacts, _ document: CommerceDocument) {
        let root = document.root
        createdAt = root["created_at"]?.time
        updatedAt = root["updated_at"]?.time
        publishedAt = root["published_at"]?.time
        version = PayloadVersion(event, document, updatedAt: updatedAt)
        texts = Self.textNames.dropLast().map {
            PageAddress.text(root[$0]?.plainText ?? "", bytesMax: Self.textBytesMax)
        }
        texts[4] = texts[4].lowercased()
        texts.append(DescriptionText.plain(root["body_html"]?.plainText ?? ""))
        imageURL = root["image"]?["src"]?.text ?? root["images"]?.elements.first?["src"]?.text
        tags = root["tags"]?.tags ?? []
        options = (root["options"]?.elements ?? []).map { option in
            (option["name"]?.plainText ?? "", option["values"]?.elements.compactMap(\.text) ?? [])
        }
        let listed = (root["variants"]?.elements ?? []).prefix(Self.variantsMax)
        let version = version
        variants = listed.compactMap { VariantPayload($0, version) }
        let others = (root["variant_gids"]?.elements ?? []).prefix(Self.variantsMax)
        let ids = variants.map(\.id) + others.compactMap { $0["admin_graphql_api_id"]?.id }
        variantIDs = Set(ids).sorted()
    }

    /// The `tsvector` of `product.words`.
    var words: String {
        var parts: [(text: String, weight: Character)] = [
            (texts[0], "A"), (texts[3], "B"), (texts[2], "B"), (texts[1], "B"),
        ]
        for tag in tags { parts.append((tag, "C")) }
        for value in options.flatMap(\.values) { parts.append((value, "D")) }
        for variant in variants {
            for text in [variant.title, variant.sku, variant.barcode] { parts.append((text, "D")) }
        }
        return SearchWords.vector(parts)
    }

    func write(_ writer: inout JSONWriter) {
        writer.members(version)
        writer.member(instant: "created_at", createdAt)
        writer.member(instant: "updated_at", updatedAt)
        writer.member(instant: "published_at", publishedAt)
        for (name, text) in zip(Self.textNames, texts) { writer.member(name, text) }
        writer.member("image_url", imageURL)
        writer.member("tags", tags)
        writer.member("options") { writer in
            writer.array(options) { writer, option in
                writer.object { writer in
                    writer.member("name", option.name)
                    writer.member("values", option.values)
                }
            }
        }
        writer.member("variant_ids") { $0.array(variantIDs) { $0.integer($1) } }
        writer.member("words", words)
    }
}

/// A variant with the details that a payload has.
struct VariantPayload {
    let version: PayloadVersion
    let id: Int64
    var position: Int64
    var price: String?
    var compareAtPrice: String?
    var inventory: Int64?
    var title: String
    var sku: String
    var barcode: String
    var options: [String]

    init?(_ node: JSONNode, _ version: PayloadVersion) {
        guard let id = node["id"]?.id else { return nil }
        self.version = version
        self.id = id
        position = Int64(Int32(clamping: node["position"]?.int64 ?? 0))
        price = node["price"]?.decimalText
        compareAtPrice = node["compare_at_price"]?.decimalText
        // GraphQL's `Int` (admin schema, `ProductVariant.inventoryQuantity`); so a product's sum fits its column.
        inventory = node["inventory_quantity"]?.int64.map { Int64(Int32(clamping: $0)) }
        title = node["title"]?.plainText ?? ""
        sku = node["sku"]?.plainText ?? ""
        barcode = node["barcode"]?.plainText ?? ""
        options = ["option1", "option2", "option3"].compactMap { node[$0]?.text }
    }

    func write(_ writer: inout JSONWriter) {
        writer.members(version)
        writer.member("id", id)
        writer.member("position_no", position)
        writer.member("price", price)
        writer.member("compare_at_price", compareAtPrice)
        writer.member(whole: "inventory", inventory)
        writer.member("title", title)
        writer.member("sku", sku)
        writer.member("barcode", barcode)
        writer.member("options", options)
    }
}

/// GraphQL's `Product`.
struct ProductNode: GraphNode {
    let product: ShopProduct
    var typeName: String { "Product" }

    private var prices: [Int64] { product.variants.map(\.price.minor) }

    private func money(_ minor: Int64?) -> WireValue {
        ShopMoney(minor ?? 0, product.variants.first?.price.currency ?? "USD").moneyV2
    }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("Product", product.id))
        case "legacyResourceId": .text(String(product.id))
        case "title": .text(product.title)
        case "handle": .text(product.handle)
        case "vendor": .text(product.vendor)
        case "productType": .text(product.type)
        case "status": .text(product.status)
        case "tags": .texts(product.tags)
        case "description", "descriptionPlainSummary": .text(product.description)
        case "descriptionHtml", "bodyHtml": .text("<p>\(product.description)</p>")
        case "createdAt": .time(product.createdAt)
        case "publishedAt": .time(product.status == "ACTIVE" ? product.createdAt : nil)
        case "updatedAt": .time(product.updatedAt)
        case "totalInventory": .number(product.variants.reduce(0) { $0 + $1.inventory })
        case "tracksInventory": .flag(true)
        case "isGiftCard", "requiresSellingPlan": .flag(false)
        case "hasOnlyDefaultVariant": .flag(product.variants.count == 1)
        case "onlineStoreUrl", "onlineStorePreviewUrl": .text("https://shop.example/products/\(product.handle)")
        case "templateSuffix", "category": .null
        case "totalVariants": .number(product.variants.count)
        case "variantsCount": .value(["count": WireValue(product.variants.count), "precision": "EXACT"])
        case "priceRangeV2", "priceRange":
            .value(["minVariantPrice": money(prices.min()), "maxVariantPrice": money(prices.max())])
        case "featuredImage", "featuredMedia": .value(image)
        case "media", "images", "collections", "metafields", "sellingPlanGroups": .list([])
        case "options": .value(.array([option]))
        case "variants": .list(product.variants.map { VariantNode(variant: $0, product: product) })
        default: nil
        }
    }

    private var url: WireValue { .string("https://cdn.example/\(product.handle).jpg") }
    private var image: WireValue {
        [
            "__typename": "MediaImage", "id": .string(GlobalID.text("MediaImage", product.id)), "url": url, "src": url,
            "altText": nil, "width": 800, "height": 600,
            "image": ["url": url, "altText": nil, "width": 800, "height": 600],
            "preview": ["image": ["url": url, "altText": nil]],
        ]
    }
    private var option: WireValue {
        [
            "id": .string(GlobalID.text("ProductOption", product.id)), "name": .string(product.optionName),
            "position": 1, "values": WireValue(product.variants.map(\.title)),
            "optionValues": .array(product.variants.map { ["name": .string($0.title)] }),
        ]
    }
}

/// GraphQL's `ProductVariant`.
struct VariantNode: GraphNode {
    let variant: ShopVariant
    let product: ShopProduct
    var typeName: String { "ProductVariant" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("ProductVariant", variant.id))
        case "legacyResourceId": .text(String(variant.id))
        case "title": .text(variant.title)
        case "displayName": .text("\(product.title) - \(variant.title)")
        case "sku": .text(variant.sku)
        case "barcode", "taxCode", "image": .null
        case "price": .text(variant.price.padded)
        case "compareAtPrice": .text(variant.compareAt?.padded)
        case "position": .number(variant.position)
        case "inventoryQuantity", "sellableOnlineQuantity": .number(variant.inventory)
        case "inventoryPolicy": .text("DENY")
        case "availableForSale": .flag(variant.inventory > 0)
        case "taxable": .flag(true)
        case "createdAt": .time(product.createdAt)
        case "updatedAt": .time(product.updatedAt)
        case "selectedOptions":
            .value([["name": .string(product.optionName), "value": .string(variant.title)]])
        case "inventoryItem":
            .value([
                "id": .string(GlobalID.text("InventoryItem", variant.id)), "sku": .string(variant.sku), "tracked": true,
                "requiresShipping": true,
                "measurement": ["weight": ["value": .number("0.0"), "unit": "KILOGRAMS"]],
            ])
        case "product": .node(ProductNode(product: product))
        default: nil
        }
    }
}

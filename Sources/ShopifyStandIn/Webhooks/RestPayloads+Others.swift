extension RestPayloads {
    /// `refunds/create`: the lines' amounts are numbers, not texts.
    package static func refund(_ refund: ShopRefund, _ order: ShopOrder) -> WireValue {
        [
            "id": WireValue(refund.id), "admin_graphql_api_id": .string(GlobalID.text("Refund", refund.id)),
            "order_id": WireValue(order.id), "created_at": time(refund.at), "processed_at": time(refund.at),
            "note": WireValue(refund.note), "user_id": nil, "restock": false, "duties": [],
            "total_duties_set": order.money(0).set, "return": nil,
            "order_adjustments": [],
            "refund_shipping_lines": refund.shipping == 0 ? [] : [shippingRefund(refund, order)],
            "refund_line_items": .array(
                refund.lines.map { line in
                    [
                        "id": WireValue(line.id), "line_item_id": WireValue(line.line),
                        "quantity": WireValue(line.quantity), "location_id": nil, "restock_type": "no_restock",
                        "subtotal": .number(order.money(line.subtotal).shop.bare),
                        "subtotal_set": order.money(line.subtotal).set,
                        "total_tax": .number(order.money(line.tax).shop.bare),
                        "total_tax_set": order.money(line.tax).set,
                        "line_item": order.lines.first { $0.id == line.line }.map { self.line($0, order) } ?? .null,
                    ]
                }),
            "transactions": .array(refund.transactions.map { transaction($0, order) }),
        ]
    }

    /// Since 2024-10 refunded shipping is no adjustment any more, and its tax is not stated.
    private static func shippingRefund(_ refund: ShopRefund, _ order: ShopOrder) -> WireValue {
        [
            "id": WireValue(refund.id), "shipping_line_id": WireValue(order.id),
            "subtotal_amount_set": order.money(refund.shipping).set, "shipping_line": shippingLine(order),
        ]
    }

    /// `order_transactions/create`.
    package static func transaction(_ transaction: ShopTransaction, _ order: ShopOrder) -> WireValue {
        let amount = order.money(transaction.amount)
        return [
            "id": WireValue(transaction.id),
            "admin_graphql_api_id": .string(GlobalID.text("OrderTransaction", transaction.id)),
            "order_id": WireValue(order.id), "kind": .string(transaction.kind.lowercased()),
            "gateway": .string(transaction.gateway), "status": .string(transaction.status.lowercased()),
            "message": nil, "created_at": time(transaction.at), "processed_at": time(transaction.at),
            "test": .bool(order.isTest), "authorization": nil, "location_id": nil, "user_id": nil,
            "parent_id": transaction.parent.map { WireValue($0) } ?? .null, "device_id": nil,
            "error_code": WireValue(transaction.errorCode?.lowercased()), "source_name": "web",
            "amount": .string(amount.shop.padded), "currency": .string(order.currency),
            "payment_id": .string("\(order.name).\(transaction.id % 100)"), "manual_payment_gateway": false,
        ]
    }

    /// `customers/create`, `customers/update`: since 2025-01 without counts, tags and consent.
    package static func customer(_ customer: ShopCustomer) -> WireValue {
        [
            "id": WireValue(customer.id), "admin_graphql_api_id": .string(GlobalID.text("Customer", customer.id)),
            "email": .string(customer.email), "phone": WireValue(customer.phone),
            "first_name": .string(customer.firstName), "last_name": .string(customer.lastName), "state": "disabled",
            "note": nil, "verified_email": true, "multipass_identifier": nil, "tax_exempt": false,
            "currency": .string(customer.spent.currency), "tax_exemptions": [], "created_at": time(customer.createdAt),
            "updated_at": time(customer.updatedAt),
            "default_address": address(customer).setting("id", WireValue(customer.id))
                .setting("customer_id", WireValue(customer.id)).setting("default", true),
        ]
    }

    /// `products/create`, `products/update`.
    package static func product(_ product: ShopProduct) -> WireValue {
        [
            "id": WireValue(product.id), "admin_graphql_api_id": .string(GlobalID.text("Product", product.id)),
            "title": .string(product.title), "body_html": .string("<p>\(product.description)</p>"),
            "vendor": .string(product.vendor), "product_type": .string(product.type), "handle": .string(product.handle),
            "created_at": time(product.createdAt), "updated_at": time(product.updatedAt),
            "published_at": product.status == "ACTIVE" ? time(product.createdAt) : nil, "template_suffix": nil,
            "published_scope": "web", "tags": .string(product.tags.joined(separator: ", ")),
            "status": .string(product.status.lowercased()),
            "variants": .array(product.variants.map { variant($0, product) }),
            "options": [
                [
                    "id": WireValue(product.id), "product_id": WireValue(product.id),
                    "name": .string(product.optionName), "position": 1,
                    "values": WireValue(product.variants.map(\.title)),
                ]
            ],
            "images": [], "image": ["src": .string("https://cdn.example/\(product.handle).jpg"), "alt": nil],
            "variant_gids": .array(
                product.variants.map {
                    [
                        "admin_graphql_api_id": .string(GlobalID.text("ProductVariant", $0.id)),
                        "updated_at": time(product.updatedAt),
                    ]
                }),
        ]
    }

    private static func variant(_ variant: ShopVariant, _ product: ShopProduct) -> WireValue {
        [
            "id": WireValue(variant.id), "admin_graphql_api_id": .string(GlobalID.text("ProductVariant", variant.id)),
            "product_id": WireValue(product.id), "title": .string(variant.title),
            "price": .string(variant.price.padded),
            "compare_at_price": WireValue(variant.compareAt?.padded), "sku": .string(variant.sku), "barcode": nil,
            "position": WireValue(variant.position), "inventory_policy": "deny", "option1": .string(variant.title),
            "option2": nil, "option3": nil, "created_at": time(product.createdAt),
            "updated_at": time(product.updatedAt), "taxable": true, "inventory_item_id": WireValue(variant.id),
            "inventory_quantity": WireValue(variant.inventory), "image_id": nil,
        ]
    }

    /// `checkouts/create`, `checkouts/update`, without `id` as since 2026-04.
    package static func checkout(_ checkout: ShopCheckout, shop: String) -> WireValue {
        let money = { (minor: Int64) in WireValue.string(ShopMoney(minor, checkout.currency).padded) }
        return [
            "token": .string(checkout.token), "cart_token": .string(checkout.cartToken),
            "email": WireValue(checkout.customer?.email), "phone": WireValue(checkout.customer?.phone),
            "created_at": time(checkout.createdAt), "updated_at": time(checkout.updatedAt), "completed_at": nil,
            "closed_at": nil, "currency": .string(checkout.currency),
            "presentment_currency": .string(checkout.currency),
            "customer_locale": "en", "taxes_included": false, "source_name": "web", "note_attributes": [],
            "line_items": .array(
                checkout.lines.map { line in
                    [
                        "key": .string(String(line.id)), "product_id": WireValue(line.product.id),
                        "variant_id": WireValue(line.variant.id), "title": .string(line.product.title),
                        "variant_title": .string(line.variant.title), "sku": .string(line.variant.sku),
                        "vendor": .string(line.product.vendor), "quantity": WireValue(line.quantity),
                        "price": money(line.variant.price.minor), "line_price": money(line.gross),
                    ]
                }),
            "subtotal_price": money(checkout.subtotal), "total_tax": money(checkout.tax), "total_discounts": money(0),
            "total_line_items_price": money(checkout.subtotal), "total_price": money(checkout.subtotal + checkout.tax),
            "abandoned_checkout_url": .string(
                "https://\(shop)/\(checkout.token)/recover?key=made-up-key"),
            "discount_codes": [], "tax_lines": [], "shipping_lines": [],
            "customer": checkout.customer.map(customer) ?? .null,
        ]
    }

    /// `app/uninstalled` and `shop/update`; `myshopify_domain` is null in uninstalls, as in Shopify's own sample.
    package static func shop(_ catalogue: ShopCatalogue, isUninstall: Bool) -> WireValue {
        [
            "id": WireValue(catalogue.shopID), "name": .string(catalogue.shop), "email": "owner@example.com",
            "domain": isUninstall ? nil : .string(catalogue.shop),
            "myshopify_domain": isUninstall ? nil : .string(catalogue.shop),
            "currency": .string(catalogue.size.currency),
            "iana_timezone": "America/Cancun", "created_at": nil, "plan_name": isUninstall ? "cancelled" : "basic",
        ]
    }

    /// `customers/data_request`, `customers/redact` and `shop/redact` (shopify.md, section 4.3).
    package static func compliance(
        _ topic: String, _ catalogue: ShopCatalogue, customer: ShopCustomer? = nil, orders: [Int64] = []
    ) -> WireValue {
        var members: [WireMember] = [
            WireMember("shop_id", WireValue(catalogue.shopID)), WireMember("shop_domain", .string(catalogue.shop)),
        ]
        if let customer {
            let phone = WireValue(customer.phone)
            members.append(
                WireMember(
                    "customer", ["id": WireValue(customer.id), "email": .string(customer.email), "phone": phone]))
        }
        let ids = WireValue.array(orders.map { WireValue($0) })
        if topic == "customers/redact" { members.append(WireMember("orders_to_redact", ids)) }
        if topic == "customers/data_request" {
            members.append(WireMember("orders_requested", ids))
            members.append(WireMember("data_request", ["id": 9999]))
        }
        return .object(members)
    }

    /// `app/scopes_update`: the shop's id is a global id here.
    package static func scopesUpdate(_ catalogue: ShopCatalogue, previous: [String], current: [String]) -> WireValue {
        [
            "id": 1, "previous": WireValue(previous), "current": WireValue(current),
            "shop_id": .string(GlobalID.text("Shop", catalogue.shopID)), "updated_at": time(catalogue.size.until),
        ]
    }
}

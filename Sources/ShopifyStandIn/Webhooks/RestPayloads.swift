/// Bodies of webhooks, in REST's shape, from the same orders and products that the Admin API shows.
package enum RestPayloads {
    static func time(_ millis: Int64?) -> WireValue {
        millis.map { .string(ShopTime.local($0, offsetMinutes: ShopCatalogue.offsetMinutes)) } ?? .null
    }

    /// `orders/create`, `orders/updated`, `orders/paid`, `orders/cancelled`.
    package static func order(_ order: ShopOrder) -> WireValue {
        .object(head(order).members + amounts(order).members + related(order).members)
    }

    /// `orders/delete`, `products/delete`, `customers/delete`.
    package static func deleted(_ id: Int64) -> WireValue { ["id": WireValue(id)] }

    private static func head(_ order: ShopOrder) -> WireValue {
        [
            "id": WireValue(order.id), "admin_graphql_api_id": .string(GlobalID.text("Order", order.id)),
            "app_id": 580_111, "browser_ip": "192.0.2.7", "buyer_accepts_marketing": false,
            "cancel_reason": order.cancelledAt == nil ? nil : "customer", "cancelled_at": time(order.cancelledAt),
            "cart_token": .string(order.cartToken), "checkout_token": .string(order.checkoutToken), "closed_at": nil,
            "confirmed": true, "contact_email": WireValue(order.customer?.email), "created_at": time(order.createdAt),
            "currency": .string(order.currency), "customer_locale": "en",
            "discount_codes": .array(
                order.discountCode.map { code in
                    [
                        [
                            "code": .string(code), "amount": .string(order.money(order.discounts).shop.padded),
                            "type": "percentage",
                        ]
                    ]
                } ?? []),
            "email": WireValue(order.customer?.email), "estimated_taxes": false,
            "financial_status": .string(order.financialStatus.lowercased()),
            "fulfillment_status": order.isFulfilled ? "fulfilled" : nil, "landing_site": "/",
            "name": .string(order.name),
            "note": nil, "note_attributes": [], "number": WireValue(order.number - 1000),
            "order_number": WireValue(order.number), "payment_gateway_names": [.string(order.gateway)],
            "phone": WireValue(order.customer?.phone), "presentment_currency": .string(order.presentment),
            "processed_at": time(order.createdAt), "referring_site": nil, "source_name": "web",
            "tags": .string(order.tags.joined(separator: ", ")), "tax_exempt": false,
            "taxes_included": .bool(order.taxesIncluded), "test": .bool(order.isTest),
            "token": .string(String(order.checkoutToken.reversed())), "updated_at": time(order.updatedAt),
            "user_id": nil,
        ]
    }

    private static func amounts(_ order: ShopOrder) -> WireValue {
        let current = order.current
        var members: [WireMember] = []
        for (name, minor) in [
            ("subtotal_price", order.subtotal), ("total_price", order.total), ("total_tax", order.tax),
            ("total_discounts", order.discounts), ("total_line_items_price", order.gross),
            ("current_subtotal_price", current.subtotal), ("current_total_price", current.total),
            ("current_total_tax", current.tax), ("current_total_discounts", order.discounts),
        ] {
            members.append(WireMember(name, .string(order.money(minor).shop.padded)))
            members.append(WireMember("\(name)_set", order.money(minor).set))
        }
        members.append(WireMember("total_shipping_price_set", order.money(order.shipping).set))
        let outstanding = max(0, current.total - order.received + order.refunded)
        members.append(WireMember("total_outstanding", .string(order.money(outstanding).shop.padded)))
        for name in [
            "original_total_duties_set", "current_total_duties_set", "original_total_additional_fees_set",
            "current_total_additional_fees_set",
        ] { members.append(WireMember(name, .null)) }
        members.append(WireMember("total_tip_received", .string(order.money(0).shop.padded)))
        members.append(WireMember("total_weight", 0))
        return .object(members)
    }

    private static func related(_ order: ShopOrder) -> WireValue {
        let address = order.customer.map(address) ?? .null
        return [
            "billing_address": address, "shipping_address": address,
            "customer": order.customer.map(customer) ?? .null,
            "discount_applications": order.discountCode.map { code in
                [
                    [
                        "target_type": "line_item", "type": "discount_code", "value": "10.0",
                        "value_type": "percentage",
                        "allocation_method": "across", "target_selection": "all", "code": .string(code),
                    ]
                ]
            } ?? [],
            "fulfillments": [], "line_items": .array(order.lines.map { line($0, order) }),
            "payment_terms": nil, "refunds": .array(order.refunds.map { refund($0, order) }),
            "shipping_lines": shippingLines(order),
            "tax_lines": .array(order.tax == 0 ? [] : [taxLine(order.tax, order)]),
            "returns": [],
        ]
    }

    private static func taxLine(_ minor: Int64, _ order: ShopOrder) -> WireValue {
        [
            "title": "Tax", "rate": .number("0.0\(order.taxPercent)"), "price": .string(order.money(minor).shop.padded),
            "price_set": order.money(minor).set, "channel_liable": false,
        ]
    }

    private static func shippingLines(_ order: ShopOrder) -> WireValue {
        order.shipping > 0 ? [shippingLine(order)] : []
    }

    static func shippingLine(_ order: ShopOrder) -> WireValue {
        let price = order.money(order.shipping)
        return [
            "id": WireValue(order.id), "code": "standard", "title": "Standard", "source": "shopify",
            "carrier_identifier": nil, "is_removed": false, "phone": nil, "price": .string(price.shop.padded),
            "price_set": price.set, "discounted_price": .string(price.shop.padded),
            "discounted_price_set": price.set,
            "tax_lines": [], "discount_allocations": [],
        ]
    }

    static func line(_ line: ShopLine, _ order: ShopOrder) -> WireValue {
        let price = order.money(line.variant.price.minor)
        let discount = order.money(line.discount)
        return [
            "id": WireValue(line.id), "admin_graphql_api_id": .string(GlobalID.text("LineItem", line.id)),
            "current_quantity": WireValue(line.currentQuantity),
            "fulfillable_quantity": WireValue(order.isFulfilled ? 0 : line.currentQuantity),
            "fulfillment_service": "manual", "fulfillment_status": order.isFulfilled ? "fulfilled" : nil,
            "gift_card": false, "grams": 0, "name": .string("\(line.product.title) - \(line.variant.title)"),
            "price": .string(price.shop.padded), "price_set": price.set, "product_exists": true,
            "product_id": WireValue(line.product.id), "properties": [], "quantity": WireValue(line.quantity),
            "requires_shipping": true, "sku": .string(line.variant.sku), "taxable": true,
            "title": .string(line.product.title),
            // The discount of an order's code is in the allocations; this is only what belongs to the line alone.
            "total_discount": "0.00", "total_discount_set": order.money(0).set,
            "variant_id": WireValue(line.variant.id), "variant_inventory_management": "shopify",
            "variant_title": .string(line.variant.title), "vendor": .string(line.product.vendor),
            "tax_lines": .array(line.tax == 0 ? [] : [taxLine(line.tax, order)]), "duties": [],
            "discount_allocations": line.discount == 0
                ? []
                : [
                    [
                        "amount": .string(discount.shop.padded), "amount_set": discount.set,
                        "discount_application_index": 0,
                    ]
                ],
        ]
    }

    static func address(_ customer: ShopCustomer) -> WireValue {
        [
            "first_name": .string(customer.firstName), "address1": .string(customer.street),
            "phone": WireValue(customer.phone), "city": .string(customer.city), "zip": .string(customer.zip),
            "province": "Kentucky", "country": "United States", "last_name": .string(customer.lastName),
            "address2": nil, "company": nil, "latitude": nil, "longitude": nil,
            "name": .string("\(customer.firstName) \(customer.lastName)"), "country_code": "US", "province_code": "KY",
        ]
    }
}

/// GraphQL's `Customer`.
struct CustomerNode: GraphNode {
    let customer: ShopCustomer
    var typeName: String { "Customer" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("Customer", customer.id))
        case "legacyResourceId": .text(String(customer.id))
        case "firstName": .text(customer.firstName)
        case "lastName": .text(customer.lastName)
        case "displayName": .text("\(customer.firstName) \(customer.lastName)")
        case "email": .text(customer.email)
        case "phone": .text(customer.phone)
        case "locale": .text("en")
        case "note", "multipassIdentifier", "market", "lastOrder": .null
        case "state": .text("DISABLED")
        case "verifiedEmail", "validEmailAddress": .flag(true)
        case "taxExempt", "dataSaleOptOut": .flag(false)
        case "taxExemptions": .value([])
        case "tags": .texts(customer.tags)
        case "createdAt": .time(customer.createdAt)
        case "updatedAt": .time(customer.updatedAt)
        case "numberOfOrders": .text(String(customer.orders))
        case "amountSpent": .value(customer.spent.moneyV2)
        case "defaultAddress": .value(customer.graphAddress)
        case "addresses": .value(.array([customer.graphAddress]))
        case "addressesV2": .list([AddressNode(address: customer.graphAddress)])
        case "defaultEmailAddress":
            .value(consent([WireMember("emailAddress", .string(customer.email)), WireMember("validFormat", true)]))
        case "defaultPhoneNumber":
            .value(customer.phone.map { consent([WireMember("phoneNumber", .string($0))]) } ?? .null)
        case "emailMarketingConsent": .value(consent([]))
        case "smsMarketingConsent": .value(customer.phone == nil ? .null : consent([]))
        case "metafields": .list([])
        default: nil
        }
    }

    private func consent(_ members: [WireMember]) -> WireValue {
        .object(
            members + [
                WireMember("marketingState", .string(customer.isSubscribed ? "SUBSCRIBED" : "NOT_SUBSCRIBED")),
                WireMember("marketingOptInLevel", "SINGLE_OPT_IN"),
                WireMember("marketingUpdatedAt", .string(ShopTime.utc(customer.createdAt))),
                WireMember("consentUpdatedAt", .string(ShopTime.utc(customer.createdAt))),
                WireMember("openTrackingLevel", "UNKNOWN"),
            ])
    }
}

/// An address that is selected by type.
struct AddressNode: GraphNode {
    let address: WireValue
    var typeName: String { "MailingAddress" }
    func field(_ name: String) -> GraphTree? { address.has(name) ? .value(address[name]) : nil }
}

extension ShopCustomer {
    /// GraphQL's `MailingAddress`.
    var graphAddress: WireValue {
        [
            "__typename": "MailingAddress", "id": .string(GlobalID.text("MailingAddress", id)),
            "firstName": .string(firstName), "lastName": .string(lastName), "name": .string("\(firstName) \(lastName)"),
            "company": nil, "address1": .string(street), "address2": nil, "city": .string(city), "zip": .string(zip),
            "province": "Kentucky", "provinceCode": "KY", "country": "United States", "countryCode": "US",
            "countryCodeV2": "US", "phone": WireValue(phone), "latitude": nil, "longitude": nil, "timeZone": nil,
            "formattedArea": .string("\(city) KY, United States"),
        ]
    }
}

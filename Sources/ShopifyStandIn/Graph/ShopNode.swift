/// GraphQL's `Shop`.
struct ShopNode: GraphNode {
    let domain: String
    let hosts: [String]
    let timezone: String
    let catalogue: ShopCatalogue
    var typeName: String { "Shop" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("Shop", catalogue.shopID))
        case "name": .text(domain.split(separator: ".").first.map(String.init))
        case "email", "contactEmail": .text("owner@example.com")
        case "myshopifyDomain": .text(domain)
        case "url", "storefrontUrl": .text("https://\(domain)")
        case "primaryDomain": .value(Self.host(hosts.first ?? domain))
        case "domains": .value(.array(hosts.map(Self.host)))
        case "currencyCode": .text(catalogue.size.currency)
        case "enabledPresentmentCurrencies": .texts([catalogue.size.currency])
        case "ianaTimezone": .text(timezone)
        case "timezoneAbbreviation": .text("EST")
        case "timezoneOffset": .text("-0500")
        case "timezoneOffsetMinutes": .number(ShopCatalogue.offsetMinutes)
        case "taxesIncluded", "setupRequired", "checkoutApiSupported": .flag(false)
        case "weightUnit": .text("KILOGRAMS")
        case "shopOwnerName": .text("Made Up")
        case "billingAddress", "shopAddress":
            .value(["country": "United States", "countryCodeV2": "US", "city": "Exampleville"])
        case "plan":
            .value([
                "displayName": "Basic", "publicDisplayName": "Basic", "partnerDevelopment": true, "shopifyPlus": false,
            ])
        case "createdAt": .time(catalogue.size.from - 31_536_000_000)
        case "updatedAt": .time(catalogue.size.from)
        default: nil
        }
    }

    private static func host(_ name: String) -> WireValue {
        ["host": .string(name), "url": .string("https://\(name)"), "sslEnabled": true]
    }
}

/// GraphQL's `AppInstallation`.
struct InstallationNode: GraphNode {
    let scopes: [String]
    let clientID: String
    var typeName: String { "AppInstallation" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(GlobalID.text("AppInstallation", 1))
        case "accessScopes":
            .value(.array(scopes.map { ["handle": .string($0), "description": .string($0)] }))
        case "activeSubscriptions", "allSubscriptions": .list([])
        case "launchUrl": .text("https://admin.shopify.com/apps/footfall")
        case "app":
            .value([
                "id": .string(GlobalID.text("App", 1)), "handle": "footfall", "title": "Footfall",
                "apiKey": .string(clientID), "embedded": true, "webhookApiVersion": "2026-07",
            ])
        default: nil
        }
    }
}

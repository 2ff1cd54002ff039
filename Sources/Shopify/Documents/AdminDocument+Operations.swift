/// Small operations. `userErrors` of a mutation are the caller's to read.
extension AdminDocument {
    /// The shop's identity: names, zone, currency and hosts.
    package static let shop = AdminDocument(
        name: "Shop",
        text: """
            query Shop {
              shop {
                id name myshopifyDomain ianaTimezone currencyCode enabledPresentmentCurrencies taxesIncluded
                primaryDomain { host } domains { host }
              }
            }
            """)

    /// The scopes that the merchant has granted.
    package static let grantedScopes = AdminDocument(
        name: "GrantedScopes",
        text: "query GrantedScopes { currentAppInstallation { id accessScopes { handle } } }")

    /// A new draft order; variable `input`.
    package static let draftOrderCreate = AdminDocument(
        name: "DraftOrderCreate",
        text: """
            mutation DraftOrderCreate($input: DraftOrderInput!) {
              draftOrderCreate(input: $input) {
                draftOrder { id name status invoiceUrl totalPriceSet \(Selection.money) }
                userErrors { field message }
              }
            }
            """)

    /// Draft orders by search, for instance by a tag that a creation carried whose answer was lost; variable `query`.
    package static let draftOrders = AdminDocument(
        name: "DraftOrders",
        text: """
            query DraftOrders($query: String!) {
              draftOrders(first: 10, query: $query) {
                nodes { id name status invoiceUrl tags totalPriceSet \(Selection.money) }
              }
            }
            """)

    /// All documents that Footfall sends, bulk queries included.
    package static let all: [AdminDocument] = [
        shop, grantedScopes, draftOrderCreate, draftOrders, webPixel, webPixelCreate, webPixelUpdate, webPixelDelete,
        webhookSubscriptions, webhookSubscriptionCreate, webhookSubscriptionUpdate, webhookSubscriptionDelete,
        bulkOperationRun, bulkOperation, bulkOperationCancel, bulkOperations, ordersUpdated, productsUpdated,
        customersUpdated, abandonedCheckoutsUpdated, orderRefunds, orderLineItems, refundLineItems, productVariants,
        bulkProducts(), bulkOrders(), bulkCustomers(), bulkAbandonedCheckouts(),
    ]
}

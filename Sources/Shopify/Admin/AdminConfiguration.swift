/// How the app stands to Shopify's Admin API.
package struct AdminConfiguration: Sendable {
    /// Where shops are.
    package var address: AdminAddress
    /// The API's version, a quarter.
    package var version: String

    /// Shopify's own address and the version that the documents are written for.
    package init(address: AdminAddress = .shopify, version: String = "2026-07") {
        self.address = address
        self.version = version
    }
}

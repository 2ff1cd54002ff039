/// The app's web pixel: one a shop. `settings` is validated against the extension's definition.
extension AdminDocument {
    /// The pixel, or null.
    package static let webPixel = AdminDocument(name: "WebPixel", text: "query WebPixel { webPixel { id settings } }")

    /// Activates it; user error TAKEN when there is one. Variable `webPixel`.
    package static let webPixelCreate = AdminDocument(
        name: "WebPixelCreate",
        text: """
            mutation WebPixelCreate($webPixel: WebPixelInput!) {
              webPixelCreate(webPixel: $webPixel) { webPixel { id settings } userErrors { code field message } }
            }
            """)

    /// Changes its settings. Variables `id`, `webPixel`.
    package static let webPixelUpdate = AdminDocument(
        name: "WebPixelUpdate",
        text: """
            mutation WebPixelUpdate($id: ID!, $webPixel: WebPixelInput!) {
              webPixelUpdate(id: $id, webPixel: $webPixel) {
                webPixel { id settings }
                userErrors { code field message }
              }
            }
            """)

    /// Ends it. Variable `id`.
    package static let webPixelDelete = AdminDocument(
        name: "WebPixelDelete",
        text: """
            mutation WebPixelDelete($id: ID!) {
              webPixelDelete(id: $id) { deletedWebPixelId userErrors { code field message } }
            }
            """)
}

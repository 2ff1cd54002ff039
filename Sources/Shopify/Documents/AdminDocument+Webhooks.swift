/// The app's webhook subscriptions at one shop.
extension AdminDocument {
    private static let subscription =
        "id topic uri format includeFields filter apiVersion { handle } createdAt updatedAt"

    /// A page of them; variable `after`.
    package static let webhookSubscriptions = AdminDocument(
        name: "WebhookSubscriptions",
        text: """
            query WebhookSubscriptions($after: String) {
              webhookSubscriptions(first: 100, after: $after) { \(Selection.pageInfo) nodes { \(subscription) } }
            }
            """)

    /// Subscribes; variables `topic`, `webhookSubscription`.
    package static let webhookSubscriptionCreate = AdminDocument(
        name: "WebhookSubscriptionCreate",
        text: """
            mutation WebhookSubscriptionCreate(
              $topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!
            ) {
              webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
                webhookSubscription { \(subscription) }
                userErrors { field message }
              }
            }
            """)

    /// Repairs one; variables `id`, `webhookSubscription`.
    package static let webhookSubscriptionUpdate = AdminDocument(
        name: "WebhookSubscriptionUpdate",
        text: """
            mutation WebhookSubscriptionUpdate($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
              webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) {
                webhookSubscription { \(subscription) }
                userErrors { field message }
              }
            }
            """)

    /// Ends one; variable `id`.
    package static let webhookSubscriptionDelete = AdminDocument(
        name: "WebhookSubscriptionDelete",
        text: """
            mutation WebhookSubscriptionDelete($id: ID!) {
              webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
            }
            """)
}

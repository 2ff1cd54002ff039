// Shopify: everything between the pipeline and Shopify: OAuth, tokens, session tokens, the Admin API, webhook
// subscriptions, the web pixel, and the import of history.

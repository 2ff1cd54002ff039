// ShopifyStandIn: Shopify's side of an installation, for tests and the demo; it checks what it is sent.

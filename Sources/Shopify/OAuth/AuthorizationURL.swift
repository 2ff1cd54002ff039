extension AdminAddress {
    /// Where the merchant is asked to grant the scopes. An offline token is asked for (an empty grant option).
    func authorization(
        of shop: ShopDomain, clientID: String, scopes: Scopes, redirectURI: String, state: Secret
    ) -> String {
        let query = QueryItem.encode([
            ("client_id", clientID), ("scope", scopes.list), ("redirect_uri", redirectURI), ("state", state.revealed),
            ("grant_options[]", ""),
        ])
        return "\(base(of: shop))/admin/oauth/authorize?\(query)"
    }
}

internal import Pipelines

extension SearchFields {
    private static let purchases = """
        customers.purchase p where p.lane = r.lane and p.shop_id = r.shop_id and p.customer = r.handle
        and not p.is_test and not p.is_deleted
        """

    /// Customers, over `customers.customer r`; names and meanings of the Admin API 2026-07, `customers(query:)`.
    package static let customers = SearchFields(
        "customers",
        [
            "id": SearchField("r.handle", .handle(.customer)),
            "email": SearchField("r.email", .handle(.email)),
            "phone": SearchField("r.phone", .handle(.phone)),
            "state": SearchField("r.state", .cases(cases("r.state", customerStates))),
            "tag": SearchField("r.tags", .keywords, list: true),
            "tag_not": SearchField("r.tags", .keywords, list: true, negated: true),
            "accepts_marketing": SearchField("r.marketing_state = 'subscribed'", .boolean),
            "created_at": SearchField("r.created_at", .time),
            "customer_date": SearchField("r.created_at", .time),
            "updated_at": SearchField("r.updated_at", .time),
            "orders_count": SearchField("r.orders", .integer),
            "total_spent": SearchField("r.spent", .decimal(exponent: "r.spent_exponent")),
            "order_date": SearchField("p.at", .time, within: purchases),
        ],
        unsupported: ["country", "first_name", "last_abandoned_order_date", "last_name", "metafields."],
        defaults: [
            SearchField("r.email", .handle(.email)), SearchField("r.phone", .handle(.phone)),
            SearchField("r.handle", .handle(.customer)), SearchField("r.tags", .keywords),
        ],
        defaultWarning: """
            A bare value is looked for in tags, and as a whole e-mail address, phone number or id; names are sealed.
            """)

    private static let customerStates = ["enabled", "invited", "disabled", "declined"]
}

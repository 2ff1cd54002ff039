internal import EventModel
package import Postgres

/// What is asked of a list of commerce data.
package struct CommerceRequest: Sendable {
    package var shop: ShopKey
    package var page: ListPage
    /// A search in Shopify's syntax, as it came; empty for everything.
    package var search: String
    /// Only entries of this order.
    package var orderID: Int64?
    /// What the search means beside its text.
    package var context: SearchContext
    /// Tags of answers that the caller has.
    package var knownTags: Set<String>

    /// Names a request.
    package init(
        shop: ShopKey, page: ListPage, search: String = "", orderID: Int64? = nil, context: SearchContext,
        knownTags: Set<String> = []
    ) {
        self.shop = shop
        self.page = page
        self.search = search
        self.orderID = orderID
        self.context = context
        self.knownTags = knownTags
    }

    /// Names everything of an answer but the state of its read model.
    fileprivate func content(_ list: String) -> [UInt8] {
        // A search for `now` means something else at any time, so its answers are never taken for unchanged.
        let clock = search.contains("now") ? context.now : 0
        let parts = [
            list, String(page.first), page.after?.text(in: page.list) ?? "", orderID.map { String($0) } ?? "",
            String(clock),
            context.zone.identifier, search,
        ]
        return Array(parts.joined(separator: "\n").utf8)
    }
}

/// What became of a request for a list.
package enum CommerceOutcome<Record: CommerceRecord>: Sendable {
    case unchanged(tag: String)
    case page(ListAnswer<Record>, warnings: [SearchWarning], tag: String)
}

/// Reads pages of commerce data. Pages neither repeat nor lose an entry while others arrive.
package enum CommerceListReader<Record: CommerceRecord> {
    /// One page; without running its query where the caller has it already. Throws `SearchProblem` for a search that
    /// cannot be understood, before the database is asked for rows.
    package static func read(
        _ request: CommerceRequest, _ connection: PostgresConnection
    ) throws -> CommerceOutcome<Record> {
        let search = try SearchQuery(request.search).sql(Record.searchFields, request.context, firstPlaceholder: 7)
        return try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try AsOfQuery.read(Record.model, request.shop, connection)
            let tag = QueryTag.tag(request.content("\(Record.self)"), request.shop, asOf)
            if request.knownTags.contains(tag) { return .unchanged(tag: tag) }
            let rows = try connection.query(sql(search.condition), parameters(request) + search.parameters)
            var list = ListAnswer(rows.map { Record($0) }, request.page, asOf) { $0.place }
            try Record.complete(&list.items, request.shop, connection)
            return .page(list, warnings: search.warnings, tag: tag)
        }
    }

    /// Placeholders: lane, shop, the place in two parts, the order or null, the number of rows, then the search's.
    private static func sql(_ condition: String) -> String {
        """
        \(Record.select) WHERE r.lane = $1 AND r.shop_id = $2 AND \(Record.order.after)
            AND \(Record.orderCondition) AND \(Record.condition) AND (\(condition))
        ORDER BY \(Record.order.clause) LIMIT $6
        """
    }

    private static func parameters(_ request: CommerceRequest) -> [PostgresValue] {
        [.int2(request.shop.lane), .int4(request.shop.shop)]
            + Record.order.parameters(request.page.after ?? .start)
            + [.int8(request.orderID ?? 0), .int8(Int64(request.page.first) + 1)]
    }
}

extension CommerceRecord {
    /// Entries that exist no more are not shown.
    package static var condition: String { "NOT r.is_deleted" }
    /// Entries that belong to no order are asked for without one.
    package static var orderCondition: String { "$5::int8 = 0" }
}

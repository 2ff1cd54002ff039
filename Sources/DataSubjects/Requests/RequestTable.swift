package import EventModel
package import Postgres
internal import Privacy
internal import ReadModels

/// `privacy.request`. Every call is a statement on the connection it is given.
package enum RequestTable {
    /// Writes a request down, unless it is there.
    static func insert(_ request: SubjectRequest, on connection: PostgresConnection) throws {
        _ = try connection.query(
            SQL.insert,
            [
                id(request.id), .int2(request.shop.lane), .int4(request.shop.shop), .text(request.domain),
                .text(request.kind.rawValue), .text(request.origin.rawValue), .optional(request.reference),
                .optional(request.position), .bytes(Handle.packed(request.asked)), .text(request.orders.rawValue),
                .timestamp(request.askedAt), .timestamp(request.dueAt), .optional(request.askedBy),
            ])
    }

    /// One request; nil where there is none, or, with a shop, where it is another shop's.
    package static func find(
        _ request: Key128, shop: ShopID? = nil, on connection: PostgresConnection
    ) throws -> SubjectRequest? {
        try connection.query(
            SQL.select + " where r.id = $1 and ($2::int is null or r.shop_id = $2)",
            [
                id(request), .optional(shop),
            ]
        ).first.map(SubjectRequest.init)
    }

    /// Requests, the newest first, behind a place where one is given.
    package static func list(_ filter: RequestFilter, on connection: PostgresConnection) throws -> [SubjectRequest] {
        try connection.query(
            SQL.list,
            [
                .optional(filter.shop), .optional(filter.state?.rawValue), .bool(filter.isOverdueOnly),
                .int8(Int64(min(max(1, filter.limit), RequestFilter.limitMax))),
                filter.before.map { .timestamp($0.askedAt) } ?? .null, filter.before.map { id($0.id) } ?? .null,
            ]
        ).map(SubjectRequest.init)
    }

    /// Notes that a step is done, and whatever it waited for with it.
    static func note(_ step: String?, of request: Key128, on connection: PostgresConnection) throws {
        _ = try connection.query(SQL.note, [id(request), .optional(step)])
    }

    /// Where erasures of a shop stand that are not over, in words; of all, or of one.
    static func openErasures(
        of shop: ShopID, request: Key128?, on connection: PostgresConnection
    ) throws -> [String] {
        try connection.query(
            SQL.open, [.int4(shop), request.map(id) ?? .null]
        ).map { "\($0.text(0)) after \($0.textIfPresent(1) ?? "no step")" }
    }

    /// Notes what the step under way waits for.
    static func await(_ awaited: String, of request: Key128, on connection: PostgresConnection) throws {
        _ = try connection.query(
            "update privacy.request set awaited = $2 where id = $1", [id(request), .text(awaited)])
    }

    /// Notes what went wrong; the words hold nothing personal. A request that is over stays as it is.
    static func fail(
        _ request: Key128, _ state: SubjectRequestState, _ message: String, atMillis: Int64,
        on connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            SQL.fail, [id(request), .text(state.rawValue), .text(message), .timestamp(atMillis)])
    }

    /// Ends a request: nothing is kept of how it was worked on.
    static func finish(_ request: Key128, atMillis: Int64, on connection: PostgresConnection) throws {
        _ = try connection.query(SQL.finish, [id(request), .timestamp(atMillis)])
    }

    static func id(_ request: Key128) -> PostgresValue { .uuid(request.high, request.low) }

    private enum SQL {
        static let insert = """
            insert into privacy.request (id, lane, shop_id, shop_domain, kind, origin, reference, position,
                asked_handles, orders, asked_at, due_at, asked_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (id) do nothing
            """
        static let select = """
            select r.id, r.lane, r.shop_id, r.shop_domain, r.kind, r.origin, r.reference, r.state, r.message, r.step,
                r.position, r.asked_handles, r.found_handles, r.orders, r.asked_at, r.due_at, r.finished_at, r.awaited,
                exists (select from privacy.receipt p where p.request = r.id),
                r.asked_by, coalesce((r.results->'\(ErasureStep.searched.rawValue)'->>'\(AfterSearch.readable)')::bigint, 0)
            from privacy.request r
            """
        static let list = """
            \(select)
            where ($1::int is null or r.shop_id = $1) and ($2::text is null or r.state = $2)
                and (not $3 or (r.due_at < now() and r.state in ('received', 'working', 'failed')))
                and ($5::timestamptz is null or (r.asked_at, r.id) < ($5, $6::uuid))
            order by r.asked_at desc, r.id desc limit $4
            """
        static let open = """
            select state, step from privacy.request
            where shop_id = $1 and ($2::uuid is null or id = $2) and kind <> 'access' and state not in ('done', 'refused')
            order by asked_at
            """
        /// The last step ends the request itself.
        static let note = """
            update privacy.request set step = $2, awaited = null, message = null,
                state = case when state in ('done', 'refused') then state else 'working' end
            where id = $1
            """
        static let fail = """
            update privacy.request set state = $2, message = $3,
                finished_at = case when $2 = 'refused' then $4 end
            where id = $1 and state not in ('done', 'refused')
            """
        static let finish = """
            update privacy.request set state = 'done', message = null, awaited = null, wrapped_key = null,
                sealed_probes = null, finished_at = $2
            where id = $1
            """
    }
}

/// Which requests to list.
package struct RequestFilter: Sendable {
    /// Rows of one list.
    package static let limitMax = 250

    /// Of this shop.
    package var shop: ShopID?
    /// In this state.
    package var state: SubjectRequestState?
    /// Open though their day has passed.
    package var isOverdueOnly = false
    /// At most so many.
    package var limit = 50
    /// Only those behind this one, which a list ended with.
    package var before: (askedAt: Int64, id: Key128)?

    /// The newest of all.
    package init() {}
}

extension SubjectRequest {
    /// A row of `RequestTable.SQL.select`.
    fileprivate init(_ row: PostgresRow) {
        self.init(
            id: Key128(row.uuid(0)), shop: ShopKey(lane: row.int16(1), shop: row.int32(2)), domain: row.text(3),
            kind: SubjectRequestKind(rawValue: row.text(4)) ?? .access,
            origin: SubjectRequestOrigin(rawValue: row.text(5)) ?? .api, asked: Handle.unpacked(row.bytes(11)),
            orders: SubjectOrders(rawValue: row.text(13)) ?? .listed, askedAt: row.timestampMillis(14),
            reference: row.textIfPresent(6), position: row.int64IfPresent(10))
        state = SubjectRequestState(rawValue: row.text(7)) ?? .failed
        message = row.textIfPresent(8)
        step = row.textIfPresent(9)
        found = Handle.unpacked(row.bytes(12))
        dueAt = row.timestampMillis(15)
        finishedAt = row.timestampMillisIfPresent(16)
        awaited = row.textIfPresent(17)
        hasReceipt = row.bool(18)
        askedBy = row.textIfPresent(19)
        remains = hasReceipt ? row.int64(20) : 0
    }
}

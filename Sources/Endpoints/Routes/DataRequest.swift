internal import Hummingbird
internal import ReadModels

/// What a data endpoint is asked, from a body or from the query string.
struct DataRequest {
    private(set) var shop: String?
    private var search = ""
    private var first: Int64?
    private var cursor: String?
    private var order: String?
    private let isBody: Bool

    private static let names = ["shop", "first", "cursor", "custom_query", "order_id"]

    /// Reads a body; 400 for another shape and for names that mean nothing here.
    init(_ body: JSONValue, at request: Request) throws {
        isBody = true
        try request.allowOnly(["shop"])
        guard case .object(let members) = body else { throw Problem(.badRequest, "The body is an object.") }
        if let unknown = members.keys.sorted().first(where: { !Self.names.contains($0) }) {
            throw Problem(
                .badRequest, "There is no `\(unknown)` here.", pointer: "/\(unknown)", allowed: Self.names)
        }
        func text(_ name: String) throws -> String? {
            switch members[name] {
            case nil, .null?: return nil
            case .string(let text)?: return text
            case .integer(let number)? where name == "order_id": return String(number)
            default: throw Problem(.badRequest, "`\(name)` is a text.", pointer: "/\(name)")
            }
        }
        shop = try request.shop(inBody: try text("shop"))
        cursor = try text("cursor")
        search = try text("custom_query") ?? ""
        order = try text("order_id")
        switch members["first"] {
        case nil, .null?: break
        case .integer(let number)?: first = number
        default: throw Problem(.badRequest, "`first` is a whole number.", pointer: "/first")
        }
    }

    /// Reads the query string.
    init(_ request: Request) throws {
        isBody = false
        try request.allowOnly(Self.names)
        shop = try request.parameter("shop")
        cursor = try request.parameter("cursor")
        search = try request.parameter("custom_query", bytesMax: RequestLimits.searchBytesMax) ?? ""
        order = try request.parameter("order_id")
        guard let text = try request.parameter("first") else { return }
        guard let number = Int64(text) else { throw badFirst }
        first = number
    }

    /// Where a value was looked for, as problems name it.
    func pointer(_ name: String) -> String { (isBody ? "/" : "?") + name }

    /// The search asked for.
    var checkedSearch: String {
        get throws {
            guard !search.utf8.contains(0) else {
                throw Problem(.badRequest, "A search has no NUL.", pointer: pointer("custom_query"))
            }
            return search
        }
    }

    /// The page asked for.
    func page(of list: ListName) throws -> ListPage {
        var page = ListPage(of: list)
        if let first {
            guard (1...Int64(ListPage.firstMax)).contains(first) else { throw badFirst }
            page.first = Int(first)
        }
        if let cursor, !cursor.isEmpty {
            guard let place = ListCursor(text: cursor, in: list) else {
                throw Problem(.badRequest, "This is no cursor of this list.", pointer: pointer("cursor"))
            }
            page.after = place
        }
        return page
    }

    /// The order asked for, by its number or Shopify's global id.
    var orderID: Int64? {
        get throws {
            guard let order, !order.isEmpty else { return nil }
            let prefix = "gid://shopify/Order/"
            let digits = order.hasPrefix(prefix) ? String(order.dropFirst(prefix.count)) : order
            guard let id = Int64(digits), id > 0 else {
                throw Problem(.badRequest, "`order_id` is an order's id or gid.", pointer: pointer("order_id"))
            }
            return id
        }
    }

    private var badFirst: Problem {
        Problem(.badRequest, "`first` is a number from 1 to \(ListPage.firstMax).", pointer: pointer("first"))
    }
}

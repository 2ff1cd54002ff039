internal import HTTPTypes
internal import ReadModels

/// Reads what is asked for out of a body. Nothing of a value is repeated in a problem: values are personal.
struct PrivacyBody {
    let members: [String: JSONValue]
    /// The shop that the body names.
    let shop: String?

    private static let names = ["shop", "kind", "customer", "orders", "reference"]
    private static let customerNames = ["id", "email", "phone"]
    /// Shopify's topics for the same.
    private static let topics: [String: PrivacyAsk.Kind] = [
        "customers/data_request": .access, "customers/redact": .erasure, "shop/redact": .shopErasure,
    ]
    /// What Shopify sends in one webhook is shorter; more orders than this are all orders.
    static let ordersMax = 1000
    /// A ticket's number or a name of a process.
    static let referenceBytesMax = 64

    init(_ body: JSONValue) throws {
        guard case .object(let members) = body else { throw Problem(.badRequest, "The body is an object.") }
        try Self.allow(Self.names, in: members, under: "")
        self.members = members
        switch members["shop"] {
        case nil, .null?: shop = nil
        case .string(let name)?: shop = name
        default: throw Self.wrong("A shop is named by its domain.", "/shop")
        }
    }

    /// What is asked for; 400 for another shape and 422 for values that cannot be.
    var ask: PrivacyAsk {
        get throws {
            var ask = PrivacyAsk(kind: try kind)
            ask.reference = try reference
            let customer = try self.customer
            ask.customerID = try customer["id"].flatMap { try Self.id($0, "Customer", "/customer/id") }
            ask.email = try Self.email(customer["email"])
            ask.phone = try Self.phone(customer["phone"])
            let isNamed = ask.customerID != nil || ask.email != nil || ask.phone != nil
            ask.orders = try orders ?? (isNamed ? .all : .listed([]))
            try Self.check(ask, isNamed: isNamed)
            return ask
        }
    }

    private static func check(_ ask: PrivacyAsk, isNamed: Bool) throws {
        let hasOrders = if case .listed(let ids) = ask.orders { !ids.isEmpty } else { false }
        guard ask.kind != .shopErasure else {
            guard !isNamed, !hasOrders else {
                throw Problem(
                    .unprocessableContent, "A shop is erased as a whole; name nobody.",
                    pointer: isNamed ? "/customer" : "/orders")
            }
            return
        }
        guard isNamed || hasOrders else {
            throw Problem(
                .unprocessableContent, "Name the person by id, email or phone, or by orders.", pointer: "/customer",
                allowed: customerNames)
        }
    }

    private var kind: PrivacyAsk.Kind {
        get throws {
            let allowed = PrivacyAsk.Kind.allCases.map(\.rawValue)
            guard case .string(let name)? = members["kind"] else {
                throw Problem(.badRequest, "`kind` says what is wanted.", pointer: "/kind", allowed: allowed)
            }
            guard let kind = PrivacyAsk.Kind(rawValue: name) ?? Self.topics[name] else {
                throw Problem(.unprocessableContent, "There is no such kind.", pointer: "/kind", allowed: allowed)
            }
            return kind
        }
    }

    private var customer: [String: JSONValue] {
        get throws {
            switch members["customer"] {
            case nil, .null?: return [:]
            case .object(let members)?:
                try Self.allow(Self.customerNames, in: members, under: "/customer")
                return members
            default: throw Self.wrong("`customer` is an object.", "/customer")
            }
        }
    }

    private var orders: PrivacyAsk.Orders? {
        get throws {
            switch members["orders"] {
            case nil, .null?: return nil
            case .string("all")?: return .all
            case .array(let values)? where values.count <= Self.ordersMax:
                return .listed(
                    try values.enumerated().compactMap { try Self.id($1, "Order", "/orders/\($0)") })
            case .array?:
                throw Problem(
                    .unprocessableContent, "At most \(Self.ordersMax) orders at once; `all` means all of the person.",
                    pointer: "/orders")
            default: throw Self.wrong("`orders` is `all` or a list of ids.", "/orders")
            }
        }
    }

    /// Only what cannot hold an address or a name by accident: the label is stored as it is.
    private var reference: String? {
        get throws {
            switch members["reference"] {
            case nil, .null?: return nil
            case .integer(let number)?: return String(number)
            case .string(let text)?:
                let isPlain = text.unicodeScalars.allSatisfy { scalar in
                    ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                        || "._:/#-".unicodeScalars.contains(scalar)
                }
                guard isPlain, (1...Self.referenceBytesMax).contains(text.utf8.count) else {
                    throw Problem(
                        .unprocessableContent,
                        "A reference is a label of letters, digits and `._:/#-`, at most \(Self.referenceBytesMax).",
                        pointer: "/reference")
                }
                return text
            default: throw Self.wrong("A reference is a text.", "/reference")
            }
        }
    }

    /// A number of Shopify's, its text or its global id; nil for null.
    private static func id(_ value: JSONValue, _ type: String, _ pointer: String) throws -> Int64? {
        let number: Int64?
        switch value {
        case .null: return nil
        case .integer(let id): number = id
        case .string(let text): number = PersonText.id(text, type)
        default: throw wrong("This is an id or a gid.", pointer)
        }
        guard let number, number > 0 else {
            throw Problem(.unprocessableContent, "This is no id or gid of Shopify's.", pointer: pointer)
        }
        return number
    }

    private static func email(_ value: JSONValue?) throws -> String? {
        guard let text = try text(value, "/customer/email") else { return nil }
        guard PersonText.isEmail(text) else {
            throw Problem(.unprocessableContent, "This is no e-mail address.", pointer: "/customer/email")
        }
        return text
    }

    private static func phone(_ value: JSONValue?) throws -> String? {
        guard let text = try text(value, "/customer/phone") else { return nil }
        guard PersonText.isPhone(text) else {
            throw Problem(.unprocessableContent, "This is no phone number.", pointer: "/customer/phone")
        }
        return text
    }

    private static func text(_ value: JSONValue?, _ pointer: String) throws -> String? {
        switch value {
        case nil, .null?: return nil
        case .string(let text)?:
            // Shopify sends empty texts for what it does not know.
            let first = text.firstIndex { $0 != " " }
            return first.map { String(text[$0...]) }
        default: throw wrong("This is a text.", pointer)
        }
    }

    private static func allow(_ names: [String], in members: [String: JSONValue], under place: String) throws {
        guard let unknown = members.keys.sorted().first(where: { !names.contains($0) }) else { return }
        // A long name is not repeated in full, and may be somebody's address put in the wrong place.
        let name = unknown.contains("@") ? "" : String(unknown.prefix(64))
        throw Problem(
            .badRequest, "There is something here that is not known.", pointer: "\(place)/\(name)", allowed: names)
    }

    private static func wrong(_ words: String, _ pointer: String) -> Problem {
        Problem(.badRequest, words, pointer: pointer)
    }
}

package import EventModel
internal import FoundationEssentials

/// A task to be inserted, unless one with its key is there.
package struct NewTask: Sendable, Equatable, Codable {
    /// Who runs it.
    package let reactor: String
    /// The occasion: the same one gives the same key.
    package let key: String
    /// A JSON object.
    package let payload: String
    /// Not before this, in milliseconds; nil is at once.
    package let runAt: Int64?

    /// A task whose payload is JSON already.
    package init(reactor: String, key: String, payload: String = "{}", runAt: Int64? = nil) {
        self.reactor = reactor
        self.key = key
        self.payload = payload
        self.runAt = runAt
    }

    /// A task with a payload of the reactor's own type.
    package init(reactor: String, key: String, encoding payload: some Encodable, runAt: Int64? = nil) {
        self.init(reactor: reactor, key: key, payload: TaskJSON.text(payload), runAt: runAt)
    }
}

/// A task as it is run.
package struct ReactorTask: Sendable, Equatable {
    /// Its number.
    package let id: Int64
    /// The lane of its shop.
    package let lane: Lane
    /// Its shop.
    package let shop: ShopID
    /// Who runs it.
    package let reactor: String
    /// The occasion.
    package let key: String
    /// A JSON object.
    package let payload: String
    /// Which try this is; the first is 1.
    package let attempt: Int
    /// Which claim this is: makes identities of events that each run of a task that polls may write.
    package let claim: Int64

    /// A task.
    package init(
        id: Int64, lane: Lane, shop: ShopID, reactor: String, key: String, payload: String, attempt: Int, claim: Int64
    ) {
        self.id = id
        self.lane = lane
        self.shop = shop
        self.reactor = reactor
        self.key = key
        self.payload = payload
        self.attempt = attempt
        self.claim = claim
    }

    /// The payload as the reactor's own type; a permanent failure when it is none.
    package func decoded<T: Decodable>(as type: T.Type = T.self) throws(TaskFailure) -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(payload.utf8))
        } catch {
            throw .permanent("the payload is no \(T.self)")
        }
    }
}

/// JSON of payloads.
package enum TaskJSON {
    /// A value of the program's own as JSON text with its keys in order, so that equal values give equal text. Without
    /// U+0000, which `jsonb` refuses.
    package static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return withoutNull(String(decoding: try encoder.encode(value), as: UTF8.self))
        } catch {
            preconditionFailure("a payload is made of strings, whole numbers and lists")
        }
    }

    private static let null = "\\u0000"

    /// An escape is passed as a whole: of `\\u0000` the first two characters are one.
    private static func withoutNull(_ json: String) -> String {
        guard json.contains(null) else { return json }
        var kept = ""
        var rest = json[...]
        while let escape = rest.firstIndex(of: "\\") {
            kept += rest[..<escape]
            rest = rest[escape...]
            if rest.hasPrefix(null) {
                rest = rest.dropFirst(null.count)
            } else {
                kept += rest.prefix(2)
                rest = rest.dropFirst(2)
            }
        }
        return kept + rest
    }
}

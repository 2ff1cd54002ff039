package import EventModel

/// What a shopper wants done, beside an answer: the member `action` of a chat message.
package enum ChatAction: Sendable, Equatable {
    /// A line that the shopper wants to order.
    package struct Line: Sendable, Equatable {
        /// The variant's number.
        package let variantID: Int64
        /// As it was sent; whether anybody may order so many is the desk's to say.
        package let quantity: Int64

        /// A line.
        package init(variantID: Int64, quantity: Int64) {
            self.variantID = variantID
            self.quantity = quantity
        }
    }

    /// `{"type":"draft_order","lines":[{"variant_id":"1","quantity":2}]}`: ids as numbers, decimal text or gids.
    case draftOrder([Line])
    /// `{"type":"draft_order_status"}`: how the session's last request stands; with `"request"`, how that one does.
    case draftOrderStatus(request: Key128?)

    /// Lines that are read. A desk takes fewer.
    static let linesMax = 100

    private static let pointers = PointerSet(["/type", "/lines", "/request"])
    private static let linePointers = PointerSet(["/variant_id", "/quantity"])
    private static let gidPrefix = "gid://shopify/ProductVariant/"

    /// Reads the JSON value of `action`; nil where it is none of ours.
    init?(_ json: Span<UInt8>) {
        var scanner = JSONScanner()
        // What was scanned as a part of the body is JSON here too.
        do { try scanner.scan(json, pointers: Self.pointers) } catch { return nil }
        func last(_ pointer: Int) -> JSONMatch? { scanner.matches.last { $0.pointer == pointer } }
        switch last(0).flatMap({ JSONText.string(json, $0) }) {
        case "draft_order":
            guard let match = last(1), match.type == .array, let lines = Self.lines(json.extracting(match.range))
            else { return nil }
            self = .draftOrder(lines)
        case "draft_order_status":
            guard let match = last(2), match.type != .null else {
                self = .draftOrderStatus(request: nil)
                return
            }
            guard let request = JSONText.string(json, match).flatMap(Key128.init(uuid:)) else { return nil }
            self = .draftOrderStatus(request: request)
        default: return nil
        }
    }

    private static func lines(_ json: Span<UInt8>) -> [Line]? {
        var scanner = JSONScanner()
        // Too many lines are no shape of ours either.
        do { try scanner.scanEvents(json, pointers: linePointers, elementsMax: linesMax) } catch { return nil }
        var lines: [Line] = []
        for element in scanner.elements {
            let matches = scanner.matches[element.matches]
            guard element.type == .object, let id = matches.last(where: { $0.pointer == 0 }),
                let quantity = matches.last(where: { $0.pointer == 1 }), let variant = variant(json, id),
                let count = JSONText.int64(json, quantity)
            else { return nil }
            lines.append(Line(variantID: variant, quantity: count))
        }
        return lines.isEmpty ? nil : lines
    }

    private static func variant(_ json: Span<UInt8>, _ match: JSONMatch) -> Int64? {
        if let number = JSONText.int64(json, match) { return number }
        guard let text = JSONText.string(json, match), text.hasPrefix(gidPrefix) else { return nil }
        return Int64(text.dropFirst(gidPrefix.count))
    }
}

/// The body of a chat message: words, an action, or both.
struct ChatBody {
    /// Empty where only an action was sent.
    let message: String
    let action: ChatAction?

    private static let pointers = PointerSet(["/message", "/action"])

    /// Nil where there is neither, or an action that is none of ours. The body was scanned before.
    init?(_ body: Span<UInt8>) {
        var scanner = JSONScanner()
        do { try scanner.scan(body, pointers: Self.pointers) } catch {
            preconditionFailure("the body was scanned before")
        }
        let words = scanner.matches.last { $0.pointer == 0 }.flatMap { JSONText.string(body, $0) } ?? ""
        message = words.allSatisfy(\.isWhitespace) ? "" : words
        guard let match = scanner.matches.last(where: { $0.pointer == 1 }), match.type != .null else {
            if message.isEmpty { return nil }
            action = nil
            return
        }
        guard let wanted = ChatAction(body.extracting(match.range)) else { return nil }
        action = wanted
    }
}

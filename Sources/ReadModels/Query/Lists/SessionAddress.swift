package import EventModel

/// A visit's public id: its visitor and its start, so that it is found by the table's own key.
///
/// A late event that comes before the visit's first one changes the start and with it the id. The id from before still
/// finds the visit: it is the visitor's visit which that moment is in.
package struct SessionAddress: Sendable, Equatable {
    package let visitor: Key128
    /// Unix milliseconds.
    package let startedAt: Int64

    /// Hex digits of the visitor, followed by those of the start.
    private static let visitorDigits = 32
    private static let startDigitsMax = 12

    package init(visitor: Key128, startedAt: Int64) {
        self.visitor = visitor
        self.startedAt = startedAt
    }

    /// Reads the text form; nil for anything else.
    package init?(_ text: String) {
        let start = text.dropFirst(Self.visitorDigits)
        guard (1...Self.startDigitsMax).contains(start.utf8.count), start.utf8.first != 0x2D, start.utf8.first != 0x2B,
            let visitor = Key128(hex: String(text.prefix(Self.visitorDigits))), let startedAt = Int64(start, radix: 16)
        else { return nil }
        self.init(visitor: visitor, startedAt: startedAt)
    }

    package var text: String { visitor.hex + String(startedAt, radix: 16) }
}

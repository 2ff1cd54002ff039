internal import Cryptography
package import EventModel
package import Pipelines

/// Something that names a data subject (an e-mail address, a customer id, a cart token), as a keyed hash: equal for
/// equal texts of one shop, meaningless for everyone else.
package struct Handle: Hashable, Sendable {
    /// What the handle was made from.
    package let kind: HandleKind
    /// The keyed hash.
    package let hash: Key128

    /// A handle known already.
    package init(kind: HandleKind, hash: Key128) {
        self.kind = kind
        self.hash = hash
    }
}

extension ShopContext {
    /// The handle of `text`, normalised first; nil when nothing is left of it.
    package func handle(_ kind: HandleKind, _ text: [UInt8]) -> Handle? {
        let normal = HandleText.normalised(text, as: kind)
        guard !normal.isEmpty else { return nil }
        return self.handle(kind, normalised: normal.span)
    }

    /// The handle of `text`.
    package func handle(_ kind: HandleKind, _ text: String) -> Handle? {
        self.handle(kind, Array(text.utf8))
    }

    /// The handle of one event, for values that name nobody.
    func eventHandle(_ key: Key128) -> Handle {
        self.handle(.event, normalised: key.bytes.span)
    }

    private func handle(_ kind: HandleKind, normalised text: Span<UInt8>) -> Handle {
        let hash = self.handles.authenticate128([kind.rawValue].span, text)
        return Handle(kind: kind, hash: Key128(high: hash.high, low: hash.low))
    }
}

/// One spelling for what may be written in many ways.
package enum HandleText {
    /// E-mail: trimmed, lower case. Phone: the digits of E.164, see `phone`. Customer and order: the last run of digits, so
    /// that a number and a gid agree. Cart and checkout: the token without gid and query. Others: trimmed.
    package static func normalised(_ text: [UInt8], as kind: HandleKind) -> [UInt8] {
        switch kind {
        case .email:
            let text = self.trimmed(text)
            // Without the detour over Unicode, for nearly every address there is.
            if text.allSatisfy({ $0 < 0x80 }) { return text.map { self.isCapital($0) ? $0 | 0x20 : $0 } }
            return Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
        case .phone: return self.phone(String(decoding: text, as: UTF8.self))
        case .customer, .order:
            let path = text.prefix { $0 != UInt8(ascii: "?") }
            guard let last = path.lastIndex(where: self.isDigit) else { return [] }
            return path[...last].reversed().prefix(while: self.isDigit).reversed()
        case .checkout, .cart:
            let path = self.trimmed(text).prefix { $0 != UInt8(ascii: "?") }
            return Array(path[(path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex)...])
        case .client, .event: return Array(self.trimmed(text))
        }
    }

    /// The digits of an international number without its prefix (`+` or `00`), the trunk zero in brackets and an extension,
    /// so that `+49 (0)170 123456`, `0049170123456` and `49170123456` agree (ITU-T E.164; E.123 for the way to write it).
    ///
    /// A number without country stays as it is: which one it is cannot be told, and a wrong guess would erase a stranger.
    /// Shopify gives numbers in E.164; a request that names a national one is carried by its other handles.
    private static func phone(_ text: String) -> [UInt8] {
        var number = text.drop { !$0.isWholeNumber && $0 != "+" }
        let isInternational = number.hasPrefix("+") || number.hasPrefix("00")
        var digits: [UInt8] = []
        while let next = number.popFirst() {
            if digits.count >= self.extensionDigitsMin, next.isLetter || "#;,".contains(next) { break }
            if isInternational, next == "(", number.hasPrefix("0)") { number.removeFirst() }
            if let digit = next.wholeNumberValue, (0...9).contains(digit) { digits.append(0x30 + UInt8(digit)) }
        }
        return digits.starts(with: [0x30, 0x30]) ? Array(digits.dropFirst(2)) : digits
    }

    /// Behind so many digits letters begin an extension; before them they are a word for the number's keys.
    private static let extensionDigitsMin = 7

    private static func isCapital(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
        guard let first = text.firstIndex(where: { $0 > 0x20 }), let last = text.lastIndex(where: { $0 > 0x20 }) else {
            return []
        }
        return text[first...last]
    }
}

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
        var normal: [UInt8] = []
        return self.handle(kind, text.span, normal: &normal)
    }

    /// The same, with storage to normalise in.
    func handle(_ kind: HandleKind, _ text: Span<UInt8>, normal: inout [UInt8]) -> Handle? {
        if let part = HandleText.part(of: text, as: kind) {
            return part.isEmpty ? nil : self.handle(kind, normalised: text.extracting(part))
        }
        normal.empty()
        HandleText.append(text, as: kind, to: &normal)
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
        var normal: [UInt8] = []
        self.append(text.span, as: kind, to: &normal)
        return normal
    }

    /// Appends the normal spelling of `text`.
    static func append(_ text: Span<UInt8>, as kind: HandleKind, to normal: inout [UInt8]) {
        if let part = self.part(of: text, as: kind) { return normal.append(text.extracting(part)) }
        switch kind {
        case .phone: self.append(phone: text, to: &normal)
        default: self.append(email: text.extracting(self.trimmed(text)), to: &normal)
        }
    }

    /// The part of `text` that is its normal spelling as it stands; nil where it is spelled in another way.
    static func part(of text: Span<UInt8>, as kind: HandleKind) -> Range<Int>? {
        switch kind {
        case .email, .phone: return nil
        case .customer, .order:
            var end = ByteFinder.first(UInt8(ascii: "?"), in: text, from: 0, to: text.count)
            while end > 0, !self.isDigit(text[end - 1]) { end -= 1 }
            var start = end
            while start > 0, self.isDigit(text[start - 1]) { start -= 1 }
            return start..<end
        case .checkout, .cart:
            let trimmed = self.trimmed(text)
            let end = ByteFinder.first(UInt8(ascii: "?"), in: text, from: trimmed.lowerBound, to: trimmed.upperBound)
            var start = end
            while start > trimmed.lowerBound, text[start - 1] != UInt8(ascii: "/") { start -= 1 }
            return start..<end
        case .client, .event: return self.trimmed(text)
        }
    }

    private static func append(email text: Span<UInt8>, to normal: inout [UInt8]) {
        // Without the detour over Unicode, for nearly every address there is.
        guard self.isASCII(text) else {
            return normal.append(contentsOf: String(decoding: text.array, as: UTF8.self).lowercased().utf8)
        }
        normal.append(addingCapacity: text.count) { normal in
            for index in text.indices { normal.append(self.isCapital(text[index]) ? text[index] | 0x20 : text[index]) }
        }
    }

    /// The digits of an international number without its prefix (`+` or `00`), the trunk zero in brackets and an extension,
    /// so that `+49 (0)170 123456`, `0049170123456` and `49170123456` agree (ITU-T E.164; E.123 for the way to write it).
    ///
    /// A number without country stays as it is: which one it is cannot be told, and a wrong guess would erase a stranger.
    /// Shopify gives numbers in E.164; a request that names a national one is carried by its other handles.
    private static func append(phone text: Span<UInt8>, to normal: inout [UInt8]) {
        guard self.isASCII(text) else {
            return normal.append(contentsOf: self.phone(String(decoding: text.array, as: UTF8.self)))
        }
        // The same as below, by bytes.
        let start = text.indices.first { self.isDigit(text[$0]) || text[$0] == UInt8(ascii: "+") } ?? text.count
        let isInternational =
            start < text.count && text[start] == UInt8(ascii: "+")
            || start + 1 < text.count && text[start] == 0x30 && text[start + 1] == 0x30
        let first = normal.count
        normal.append(addingCapacity: text.count - start) { normal in
            var place = start
            while place < text.count {
                let byte = text[place]
                if normal.count >= self.extensionDigitsMin, self.beginsExtension(byte) { break }
                if self.isDigit(byte) { normal.append(byte) }
                place += isInternational && byte == UInt8(ascii: "(") && self.isTrunkZero(text, place + 1) ? 2 : 1
            }
        }
        if normal.count - first >= 2, normal[first] == 0x30, normal[first + 1] == 0x30 {
            normal.removeSubrange(first..<first + 2)
        }
    }

    private static func beginsExtension(_ byte: UInt8) -> Bool {
        byte &- 0x41 < 26 || byte &- 0x61 < 26 || byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";")
            || byte == UInt8(ascii: ",")
    }

    /// True where `0)` stands.
    private static func isTrunkZero(_ text: Span<UInt8>, _ place: Int) -> Bool {
        place + 1 < text.count && text[place] == 0x30 && text[place + 1] == UInt8(ascii: ")")
    }

    /// `append(phone:to:)` for any script.
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

    private static func isASCII(_ text: Span<UInt8>) -> Bool {
        var bits: UInt8 = 0
        for index in text.indices { bits |= text[index] }
        return bits < 0x80
    }

    private static func trimmed(_ text: Span<UInt8>) -> Range<Int> {
        var (start, end) = (0, text.count)
        while start < end, text[start] <= 0x20 { start += 1 }
        while end > start, text[end - 1] <= 0x20 { end -= 1 }
        return start..<end
    }
}

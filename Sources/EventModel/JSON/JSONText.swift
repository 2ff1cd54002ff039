/// Reads the values that a scan found. The bytes must be those that were scanned without an error.
package enum JSONText {
    /// The text of a string, unescaped, U+0000 left out (text columns cannot hold it), a lone surrogate as U+FFFD;
    /// nil for every other type.
    package static func string(_ bytes: Span<UInt8>, _ match: JSONMatch) -> String? {
        guard match.type == .string else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(match.end - match.start)
        self.unescape(bytes, match, into: &output)
        if output.contains(0) { output.removeAll { $0 == 0 } }
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends a string's content, unescaped, to `output`; U+0000 stays. Other types append their bytes as they are.
    package static func unescape(_ bytes: Span<UInt8>, _ match: JSONMatch, into output: inout [UInt8]) {
        guard match.type == .string else { return self.raw(bytes, match.range, into: &output) }
        let inner = (match.start + 1)..<(match.end - 1)
        guard self.contains(UInt8(ascii: "\\"), bytes, inner) else { return self.raw(bytes, inner, into: &output) }
        let span = bytes.extracting(inner)
        unsafe span.withUnsafeBufferPointer { text in
            JSONEscapes.unescape(count: text.count, byte: { unsafe text[$0] }, into: &output)
        }
    }

    /// A string's content, unescaped, or another value's bytes as they stand.
    package static func content(_ bytes: Span<UInt8>, _ match: JSONMatch) -> [UInt8] {
        var output: [UInt8] = []
        self.unescape(bytes, match, into: &output)
        return output
    }

    /// Appends `bytes[range]` as they stand.
    package static func raw(_ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]) {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
    }

    /// The integer that a number or a string of digits writes without fraction or exponent; nil when it is none or
    /// does not fit.
    package static func int64(_ bytes: Span<UInt8>, _ match: JSONMatch) -> Int64? {
        guard let range = self.numeral(match) else { return nil }
        var place = range.lowerBound
        let isNegative = bytes[place] == UInt8(ascii: "-")
        if isNegative { place += 1 }
        guard place < range.upperBound else { return nil }
        // Summed below zero, where Int64 reaches one further than above.
        var sum: Int64 = 0
        while place < range.upperBound {
            let digit = bytes[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, tooLarge) = sum.multipliedReportingOverflow(by: 10)
            let (next, tooSmall) = product.subtractingReportingOverflow(Int64(digit))
            if tooLarge || tooSmall { return nil }
            sum = next
            place += 1
        }
        if isNegative { return sum }
        return sum == .min ? nil : -sum
    }

    /// The nearest double of a number, or of a string that holds one; nil otherwise.
    package static func double(_ bytes: Span<UInt8>, _ match: JSONMatch) -> Double? {
        guard let text = self.decimalText(bytes, match), let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The digits of a number exactly as written, also where it stands in a string (`"404.95"`); nil when the text is
    /// not a JSON number. Money is read from this, never from a double.
    package static func decimalText(_ bytes: Span<UInt8>, _ match: JSONMatch) -> String? {
        guard let range = self.numeral(match) else { return nil }
        var output: [UInt8] = []
        self.raw(bytes, range, into: &output)
        guard match.type == .number || self.isNumber(output) else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    /// The truth value, nil for other types.
    package static func bool(_ match: JSONMatch) -> Bool? {
        switch match.type {
        case .true_: true
        case .false_: false
        default: nil
        }
    }

    /// True when there is nothing in the value that could be personal: null, false, "", [] or {}.
    package static func isEmptyValue(_ bytes: Span<UInt8>, _ match: JSONMatch) -> Bool {
        switch match.type {
        case .null, .false_: return true
        case .string: return match.end - match.start == 2
        case .true_, .number: return false
        case .object, .array:
            for place in (match.start + 1)..<(match.end - 1) where bytes[place] > 0x20 { return false }
            return true
        }
    }

    /// True when the value is a string whose text is exactly `text`, which holds nothing that needs an escape.
    package static func equals(_ bytes: Span<UInt8>, _ match: JSONMatch, _ text: StaticString) -> Bool {
        guard match.type == .string, match.end - match.start - 2 == text.utf8CodeUnitCount else { return false }
        for place in 0..<text.utf8CodeUnitCount {
            let expected = unsafe text.utf8Start[place]
            guard bytes[match.start + 1 + place] == expected else { return false }
        }
        return true
    }

    /// Where the characters of a numeral stand, nil for types that hold none.
    private static func numeral(_ match: JSONMatch) -> Range<Int>? {
        switch match.type {
        case .number: match.range
        case .string where match.end - match.start > 2: (match.start + 1)..<(match.end - 1)
        default: nil
        }
    }

    private static let wholeText = PointerSet([""])

    private static func isNumber(_ text: [UInt8]) -> Bool {
        var scanner = JSONScanner()
        guard text.first != UInt8(ascii: "\""), let first = text.first, first > 0x20, let last = text.last, last > 0x20
        else { return false }
        do {
            try scanner.scan(text.span, pointers: self.wholeText)
        } catch {
            return false
        }
        return scanner.matches.first?.type == .number
    }

    private static func contains(_ byte: UInt8, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        ByteFinder.first(byte, in: bytes, from: range.lowerBound, to: range.upperBound) < range.upperBound
    }
}

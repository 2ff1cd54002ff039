extension JSONReader {
    /// Checks the string whose opening quote is at `start`; gives the offset behind the closing one.
    @inline(__always)
    func string(at start: Int) throws(JSONError) -> Int {
        let place = self.mark(start &+ 1)
        if self.peek(place) == UInt8(ascii: "\"") { return place &+ 1 }
        return try self.oddString(from: place)
    }

    /// The rest of a string from `start`, where something special stands.
    @inline(never) private func oddString(from start: Int) throws(JSONError) -> Int {
        var place = start
        while place < self.end {
            if self.byte(place) == UInt8(ascii: "\"") { return place &+ 1 }
            place = self.mark(try self.oddity(at: place))
        }
        throw JSONError(.unexpectedEnd, at: self.end)
    }

    /// An escape or a sequence of UTF-8 at `place`; gives the offset behind it.
    private func oddity(at place: Int) throws(JSONError) -> Int {
        let lead = self.byte(place)
        if lead == UInt8(ascii: "\\") { return try self.escape(at: place) }
        guard lead >= 0x80 else { throw JSONError(.controlCharacter, at: place) }
        let length = Self.sequenceLength(lead, self.peek(place + 1))
        guard length > 0, place + length <= self.end else { throw JSONError(.invalidUTF8, at: place) }
        for next in (place + 2)..<max(place + length, place + 2) where self.byte(next) & 0xC0 != 0x80 {
            throw JSONError(.invalidUTF8, at: place)
        }
        return place + length
    }

    /// The length of the UTF-8 sequence that begins so (table 3-7 of the Unicode standard), or 0.
    @inline(__always) private static func sequenceLength(_ lead: UInt8, _ second: UInt8) -> Int {
        switch (lead, second) {
        case (0xC2...0xDF, 0x80...0xBF): 2
        case (0xE0, 0xA0...0xBF), (0xE1...0xEC, 0x80...0xBF), (0xED, 0x80...0x9F), (0xEE...0xEF, 0x80...0xBF): 3
        case (0xF0, 0x90...0xBF), (0xF1...0xF3, 0x80...0xBF), (0xF4, 0x80...0x8F): 4
        default: 0
        }
    }

    private func escape(at place: Int) throws(JSONError) -> Int {
        guard place + 1 < self.end else { throw JSONError(.unexpectedEnd, at: self.end) }
        switch self.byte(place + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return place + 2
        case UInt8(ascii: "u"):
            guard place + 6 <= self.end else { throw JSONError(.unexpectedEnd, at: self.end) }
            for digit in (place + 2)..<(place + 6) where JSONEscapes.hexValue(self.byte(digit)) == nil {
                throw JSONError(.badEscape, at: digit)
            }
            return place + 6
        default:
            throw JSONError(.badEscape, at: place)
        }
    }

    /// Checks that the text has `name` at `start`; gives the offset behind it.
    @inline(__always) func literal(_ name: StaticString, at start: Int) throws(JSONError) -> Int {
        let stop = start + name.utf8CodeUnitCount
        guard stop <= self.end else { throw JSONError(.unexpectedEnd, at: self.end) }
        for place in start..<stop where Self.byte(place - start, of: name) != self.byte(place) {
            throw JSONError(.unexpectedByte, at: place)
        }
        return stop
    }

    @inline(__always) static func byte(_ index: Int, of name: StaticString) -> UInt8 { unsafe name.utf8Start[index] }

    /// Checks the number at `start`; gives the offset behind it.
    func number(at start: Int) throws(JSONError) -> Int {
        var place = start
        if self.peek(place) == UInt8(ascii: "-") { place += 1 }
        let first = self.peek(place)
        guard Self.isDigit(first) else {
            throw place > start ? JSONError(.badNumber, at: place) : self.fault(place)
        }
        place = first == UInt8(ascii: "0") ? place + 1 : self.digits(from: place)
        if Self.isDigit(self.peek(place)) { throw JSONError(.badNumber, at: place) }
        if self.peek(place) == UInt8(ascii: ".") { place = try self.digitsNeeded(from: place + 1) }
        if self.peek(place) | 0x20 == UInt8(ascii: "e") {
            let sign = self.peek(place + 1)
            let signed = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
            place = try self.digitsNeeded(from: place + (signed ? 2 : 1))
        }
        return place
    }

    @inline(__always) private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private func digits(from start: Int) -> Int {
        var place = start
        while place &+ 8 <= self.end {
            // The high bit of each byte that is no digit; above the first one they may be wrong (carries).
            let values = self.word(place) ^ 0x3030_3030_3030_3030
            let others = (values &+ 0x7676_7676_7676_7676 | values) & 0x8080_8080_8080_8080
            if others != 0 { return place &+ others.trailingZeroBitCount &>> 3 }
            place &+= 8
        }
        while Self.isDigit(self.peek(place)) { place &+= 1 }
        return place
    }

    private func digitsNeeded(from start: Int) throws(JSONError) -> Int {
        guard Self.isDigit(self.peek(start)) else { throw JSONError(.badNumber, at: start) }
        return self.digits(from: start)
    }
}

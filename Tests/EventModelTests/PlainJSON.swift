import EventModel

/// The grammar once more, one byte after the other and as plainly as it can be said: what the scanner is compared with.
struct PlainJSON {
    private let bytes: [UInt8]
    private let end: Int
    private var place: Int
    /// Where the values are that are no containers, in the order of the text.
    private(set) var scalars: [Range<Int>] = []

    /// Reads the one value in `bytes[from..<to]`.
    init(_ bytes: [UInt8], from: Int, to: Int) throws(JSONError) {
        (self.bytes, self.place, self.end) = (bytes, from, to)
        if self.next == 0xEF { throw JSONError(.byteOrderMark, at: from) }
        self.skipSpace()
        try self.value(depth: 0)
        self.skipSpace()
        guard self.place == to else { throw JSONError(.trailingBytes, at: self.place) }
    }

    private var next: UInt8? { self.place < self.end ? self.bytes[self.place] : nil }

    private var fault: JSONError { JSONError(self.next == nil ? .unexpectedEnd : .unexpectedByte, at: self.place) }

    private mutating func skipSpace() {
        while let byte = self.next, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { self.place += 1 }
    }

    private mutating func take(_ text: String) throws(JSONError) {
        guard self.place + text.utf8.count <= self.end else { throw JSONError(.unexpectedEnd, at: self.end) }
        for byte in text.utf8 {
            guard self.next == byte else { throw self.fault }
            self.place += 1
        }
    }

    private mutating func value(depth: Int) throws(JSONError) {
        let start = self.place
        switch self.next.map({ Character(Unicode.Scalar($0)) }) {
        case "{": return try self.container("}", isObject: true, depth: depth + 1)
        case "[": return try self.container("]", isObject: false, depth: depth + 1)
        case "\"": try self.string()
        case "t": try self.take("true")
        case "f": try self.take("false")
        case "n": try self.take("null")
        default: try self.number()
        }
        self.scalars.append(start..<self.place)
    }

    private mutating func container(_ close: Unicode.Scalar, isObject: Bool, depth: Int) throws(JSONError) {
        guard depth <= JSONScanner.depthMax else { throw JSONError(.tooDeep, at: self.place) }
        self.place += 1
        self.skipSpace()
        if self.next == UInt8(ascii: close) { return self.place += 1 }
        while true {
            if isObject {
                guard self.next == UInt8(ascii: "\"") else { throw self.fault }
                try self.string()
                self.skipSpace()
                guard self.next == UInt8(ascii: ":") else { throw self.fault }
                self.place += 1
                self.skipSpace()
            }
            try self.value(depth: depth)
            self.skipSpace()
            if self.next == UInt8(ascii: close) { return self.place += 1 }
            guard self.next == UInt8(ascii: ",") else { throw self.fault }
            self.place += 1
            self.skipSpace()
        }
    }

    private mutating func string() throws(JSONError) {
        self.place += 1
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "\""): return self.place += 1
            case UInt8(ascii: "\\"): try self.escape()
            case ..<0x20: throw JSONError(.controlCharacter, at: self.place)
            case ..<0x80: self.place += 1
            default:
                let stop = self.place + (byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4)
                guard stop <= self.end, String(validating: self.bytes[self.place..<stop], as: UTF8.self)?.count == 1
                else { throw JSONError(.invalidUTF8, at: self.place) }
                self.place = stop
            }
        }
        throw JSONError(.unexpectedEnd, at: self.end)
    }

    private mutating func escape() throws(JSONError) {
        guard self.place + 1 < self.end else { throw JSONError(.unexpectedEnd, at: self.end) }
        let kind = self.bytes[self.place + 1]
        if kind != UInt8(ascii: "u") {
            guard "\"\\/bfnrt".utf8.contains(kind) else { throw JSONError(.badEscape, at: self.place) }
            return self.place += 2
        }
        guard self.place + 6 <= self.end else { throw JSONError(.unexpectedEnd, at: self.end) }
        for digit in self.place + 2..<self.place + 6 {
            guard Character(Unicode.Scalar(self.bytes[digit])).isHexDigit, self.bytes[digit] < 0x80 else {
                throw JSONError(.badEscape, at: digit)
            }
        }
        self.place += 6
    }

    private mutating func number() throws(JSONError) {
        let start = self.place
        if self.next == UInt8(ascii: "-") { self.place += 1 }
        guard self.isDigit else { throw self.place > start ? JSONError(.badNumber, at: self.place) : self.fault }
        if self.next == UInt8(ascii: "0") { self.place += 1 } else { self.digits() }
        if self.isDigit { throw JSONError(.badNumber, at: self.place) }
        if self.next == UInt8(ascii: ".") {
            self.place += 1
            try self.someDigits()
        }
        if self.next == UInt8(ascii: "e") || self.next == UInt8(ascii: "E") {
            self.place += 1
            if self.next == UInt8(ascii: "+") || self.next == UInt8(ascii: "-") { self.place += 1 }
            try self.someDigits()
        }
    }

    private var isDigit: Bool { self.next.map { (0x30...0x39).contains($0) } ?? false }

    private mutating func digits() { while self.isDigit { self.place += 1 } }

    private mutating func someDigits() throws(JSONError) {
        guard self.isDigit else { throw JSONError(.badNumber, at: self.place) }
        self.digits()
    }
}

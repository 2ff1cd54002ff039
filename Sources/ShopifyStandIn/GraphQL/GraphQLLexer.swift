/// Cuts GraphQL text, documents and schemas alike, into tokens (GraphQL specification of October 2021, section 2.1).
struct GraphQLLexer {
    enum Token: Hashable {
        /// One of `! $ & ( ) : = @ [ ] { | }`.
        case mark(UInt8)
        case spread
        case name(String)
        case integer(String)
        case decimal(String)
        case string(String)
        case end
    }

    private let bytes: [UInt8]
    private var offset = 0
    /// The token that comes next.
    private(set) var token = Token.end
    /// Where it starts.
    private(set) var tokenOffset = 0

    init(_ text: String) throws(GraphQLSyntaxError) {
        self.bytes = Array(text.utf8)
        try advance()
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// What is wrong here, for a parser's `throw`.
    func error(_ expected: String) -> GraphQLSyntaxError {
        GraphQLSyntaxError(expected: expected, position: GraphQLPosition(of: tokenOffset, in: bytes))
    }

    /// Moves on to the token after this one.
    mutating func advance() throws(GraphQLSyntaxError) {
        skipIgnored()
        tokenOffset = offset
        guard let byte = next else {
            token = .end
            return
        }
        switch byte {
        case UInt8(ascii: "."):
            guard bytes.dropFirst(offset).starts(with: Array("...".utf8)) else { throw error("...") }
            offset += 3
            token = .spread
        case UInt8(ascii: "\""): token = .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): token = number()
        case _ where "!$&():=@[]{|}".utf8.contains(byte):
            offset += 1
            token = .mark(byte)
        case _ where Self.isNameByte(byte):
            let start = offset
            while let byte = next, Self.isNameByte(byte) { offset += 1 }
            token = .name(String(decoding: bytes[start..<offset], as: UTF8.self))
        default: throw error("a token")
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private mutating func skipIgnored() {
        while let byte = next {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), 0xEF, 0xBB, 0xBF: offset += 1
            case UInt8(ascii: "#"): while let byte = next, byte != 0x0A { _ = byte; offset += 1 }
            default: return
            }
        }
    }

    private mutating func number() -> Token {
        let start = offset
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { offset += 1 }
        let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
        return Int64(digits) == nil ? .decimal(digits) : .integer(digits)
    }

    private mutating func string() throws(GraphQLSyntaxError) -> String {
        let fence = Array("\"\"\"".utf8)
        if bytes.dropFirst(offset).starts(with: fence) {
            offset += 3
            let start = offset
            while offset + 3 <= bytes.count {
                if bytes[offset] == fence[0], bytes[offset + 1] == fence[0], bytes[offset + 2] == fence[0] {
                    defer { offset += 3 }
                    return String(decoding: bytes[start..<offset], as: UTF8.self)
                }
                offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
            }
            throw error("the end of a block string")
        }
        let start = offset
        offset += 1
        while let byte = next, byte != UInt8(ascii: "\""), byte != 0x0A {
            offset += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        guard next == UInt8(ascii: "\"") else { throw error("the end of a string") }
        offset += 1
        // GraphQL's escapes are JSON's.
        guard case .string(let text)? = try? WireValue(json: Array(bytes[start..<offset])) else {
            throw error("a string")
        }
        return text
    }
}

/// A place in a document; both count from 1.
package struct GraphQLPosition: Sendable, Hashable {
    package var line: Int
    package var column: Int

    init(of offset: Int, in bytes: [UInt8]) {
        let before = bytes.prefix(offset)
        line = 1 + before.count { $0 == 0x0A }
        column = offset - (before.lastIndex(of: 0x0A) ?? -1)
    }
}

/// Text that is no GraphQL.
package struct GraphQLSyntaxError: Error, Hashable, CustomStringConvertible {
    /// What should have stood there.
    package var expected: String
    package var position: GraphQLPosition
    package var description: String { "\(position.line):\(position.column): expected \(expected)" }
}

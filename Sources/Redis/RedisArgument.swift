/// One argument of a command; binary safe.
package enum RedisArgument: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case bytes([UInt8])
    case integer(Int64)

    /// A text.
    package init(stringLiteral value: String) { self = .text(value) }
    /// A number, sent in decimal.
    package init(integerLiteral value: Int64) { self = .integer(value) }
}

/// Writes commands in the Redis protocol (RESP2) into one buffer that is reused.
struct CommandBuffer {
    /// A larger buffer than this is given back after use, so that one big call does not keep its memory for ever.
    private static let keptBytesMax = 1 << 20

    private(set) var bytes: [UInt8] = []

    mutating func clear() {
        if bytes.capacity > Self.keptBytesMax { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
    }

    mutating func append(_ command: [RedisArgument]) {
        head("*", command.count)
        for argument in command {
            switch argument {
            case .text(let text): bulk(text.utf8, text.utf8.count)
            case .bytes(let all): bulk(all, all.count)
            case .integer(let value):
                let text = String(value).utf8
                bulk(text, text.count)
            }
        }
    }

    private mutating func bulk(_ value: some Sequence<UInt8>, _ count: Int) {
        head("$", count)
        bytes.append(contentsOf: value)
        newline()
    }

    private mutating func head(_ mark: Unicode.Scalar, _ count: Int) {
        bytes.append(UInt8(ascii: mark))
        bytes.append(contentsOf: String(count).utf8)
        newline()
    }

    private mutating func newline() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}

/// Reads one binary cell. Shared by result rows and COPY rows; a cell of the wrong size stops the program, because
/// SQL and its decoding stand side by side and only a programmer can make them differ.
enum PostgresCell {
    static func integer(_ cell: RawSpan) -> Int64 {
        switch cell.byteCount {
        case 8: unsafe Int64(bigEndian: cell.unsafeLoadUnaligned(as: Int64.self))
        case 4: unsafe Int64(Int32(bigEndian: cell.unsafeLoadUnaligned(as: Int32.self)))
        case 2: unsafe Int64(Int16(bigEndian: cell.unsafeLoadUnaligned(as: Int16.self)))
        case 1: unsafe Int64(cell.unsafeLoadUnaligned(as: UInt8.self))
        default: preconditionFailure("a cell of \(cell.byteCount) bytes is no integer")
        }
    }

    static func double(_ cell: RawSpan) -> Double {
        switch cell.byteCount {
        case 8: unsafe Double(bitPattern: UInt64(bigEndian: cell.unsafeLoadUnaligned(as: UInt64.self)))
        case 4: unsafe Double(Float(bitPattern: UInt32(bigEndian: cell.unsafeLoadUnaligned(as: UInt32.self))))
        default: preconditionFailure("a cell of \(cell.byteCount) bytes is no floating-point number")
        }
    }

    static func bool(_ cell: RawSpan) -> Bool {
        precondition(cell.byteCount == 1, "a cell of \(cell.byteCount) bytes is no bool")
        return unsafe cell.unsafeLoadUnaligned(as: UInt8.self) != 0
    }

    static func text(_ cell: RawSpan) -> String {
        unsafe cell.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    static func bytes(_ cell: RawSpan) -> [UInt8] {
        unsafe cell.withUnsafeBytes { unsafe [UInt8]($0) }
    }

    static func uuid(_ cell: RawSpan) -> (UInt64, UInt64) {
        precondition(cell.byteCount == 16, "a cell of \(cell.byteCount) bytes is no uuid")
        return unsafe (
            UInt64(bigEndian: cell.unsafeLoadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: cell.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    static func timestampMillis(_ cell: RawSpan) -> Int64 {
        precondition(cell.byteCount == 8, "a cell of \(cell.byteCount) bytes is no timestamp")
        return PostgresTime.unixMillis(microseconds: integer(cell))
    }

    /// Elements of a one-dimensional array; nil for a null element.
    static func array<T>(_ cell: RawSpan, _ element: (RawSpan) -> T) -> [T?] {
        guard word(cell, 0) > 0 else { return [] }
        precondition(word(cell, 0) == 1, "only arrays of one dimension are read")
        let count = word(cell, 12)
        var all: [T?] = []
        all.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            let length = word(cell, offset)
            offset += 4
            guard length >= 0 else {
                all.append(nil)
                continue
            }
            all.append(element(cell.extracting(offset..<offset + length)))
            offset += length
        }
        return all
    }

    /// Elements of an array that holds no nulls.
    static func solid<T>(_ cell: RawSpan, _ element: (RawSpan) -> T) -> [T] {
        array(cell, element).map {
            guard let value = $0 else { preconditionFailure("a null in an array that has none") }
            return value
        }
    }

    private static func word(_ cell: RawSpan, _ offset: Int) -> Int {
        unsafe Int(Int32(bigEndian: cell.unsafeLoadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }
}

/// The binary form of `numeric`, which sums and averages have: digits to base 10,000.
enum PostgresNumeric {
    private static let base = 10_000

    /// The value cut to a whole number; stops the program outside Int64.
    static func integer(_ cell: RawSpan) -> Int64 {
        let (count, weight, negative) = head(cell)
        guard weight >= 0 else { return 0 }
        var value: Int64 = 0
        for index in 0...weight {
            let digit = index < count ? half(cell, 8 + 2 * index) : 0
            value = value * Int64(base) - Int64(digit)
        }
        return negative ? value : -value
    }

    /// The nearest double, or NaN.
    static func double(_ cell: RawSpan) -> Double {
        let (count, weight, negative) = head(cell)
        var text = negative ? "-0" : "0"
        for index in 0..<max(count, weight + 1) {
            let digit = index < count ? half(cell, 8 + 2 * index) : 0
            let digits = String(digit)
            text += String(repeating: "0", count: 4 - digits.count) + digits
        }
        // All digits as one whole number, then the exponent: one rounding only, by the parser.
        let exponent = 4 * (weight + 1 - max(count, weight + 1))
        return Double(text + "e\(exponent)") ?? .nan
    }

    private static func head(_ cell: RawSpan) -> (count: Int, weight: Int, negative: Bool) {
        let sign = half(cell, 4)
        precondition(sign == 0 || sign == 0x4000, "NaN and infinities of numeric are not read")
        return (half(cell, 0), Int(Int16(truncatingIfNeeded: half(cell, 2))), sign == 0x4000)
    }

    private static func half(_ cell: RawSpan, _ offset: Int) -> Int {
        unsafe Int(UInt16(bigEndian: cell.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }
}

/// Big-endian writing, as the server's binary formats want it.
extension [UInt8] {
    mutating func appendBigEndian<T: FixedWidthInteger>(_ value: T) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }

    mutating func overwriteBigEndian(_ value: Int32, at offset: Int) {
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * Int32(index))) }
    }
}

extension PostgresValue {
    /// Appends the binary form without its length; a null appends nothing.
    func encode(into out: inout [UInt8]) {
        switch self {
        case .null: break
        case .bool(let value): out.append(value ? 1 : 0)
        case .int2(let value): out.appendBigEndian(value)
        case .int4(let value): out.appendBigEndian(value)
        case .int8(let value): out.appendBigEndian(value)
        case .double(let value): out.appendBigEndian(value.bitPattern)
        case .text(let value): out.append(contentsOf: value.utf8)
        case .bytes(let value): out.append(contentsOf: value)
        case .uuid(let high, let low): Self.encode((high, low), &out)
        case .timestamp(let millis): out.appendBigEndian(PostgresTime.microseconds(unixMillis: millis))
        case .jsonb(let value): Self.encode(jsonb: value, &out)
        default: encodeArray(into: &out)
        }
    }

    private func encodeArray(into out: inout [UInt8]) {
        switch self {
        case .boolArray(let all): Self.array(all, PostgresOID.bool, &out) { $1.append($0 ? 1 : 0) }
        case .int2Array(let all): Self.array(all, PostgresOID.int2, &out) { $1.appendBigEndian($0) }
        case .int4Array(let all): Self.array(all, PostgresOID.int4, &out) { $1.appendBigEndian($0) }
        case .int8Array(let all): Self.array(all, PostgresOID.int8, &out) { $1.appendBigEndian($0) }
        case .doubleArray(let all): Self.array(all, PostgresOID.float8, &out) { $1.appendBigEndian($0.bitPattern) }
        case .uuidArray(let all): Self.array(all, PostgresOID.uuid, &out) { Self.encode($0, &$1) }
        case .timestampArray(let all): Self.array(all, PostgresOID.timestamptz, &out, Self.encode(time:_:))
        default: encodeOptionalArray(into: &out)
        }
    }

    private func encodeOptionalArray(into out: inout [UInt8]) {
        switch self {
        case .textArray(let all): Self.optionals(all, PostgresOID.text, &out) { $1.append(contentsOf: $0.utf8) }
        case .bytesArray(let all): Self.optionals(all, PostgresOID.bytea, &out) { $1.append(contentsOf: $0) }
        case .jsonbArray(let all): Self.optionals(all, PostgresOID.jsonb, &out, Self.encode(jsonb:_:))
        case .optionalInt4Array(let all): Self.optionals(all, PostgresOID.int4, &out) { $1.appendBigEndian($0) }
        case .optionalInt8Array(let all): Self.optionals(all, PostgresOID.int8, &out) { $1.appendBigEndian($0) }
        case .optionalDoubleArray(let all):
            Self.optionals(all, PostgresOID.float8, &out) { $1.appendBigEndian($0.bitPattern) }
        case .optionalUUIDArray(let all): Self.optionals(all, PostgresOID.uuid, &out) { Self.encode($0, &$1) }
        case .optionalTimestampArray(let all):
            Self.optionals(all, PostgresOID.timestamptz, &out, Self.encode(time:_:))
        default: preconditionFailure("a parameter type without an encoding")
        }
    }

    private static func encode(_ uuid: (UInt64, UInt64), _ out: inout [UInt8]) {
        out.appendBigEndian(uuid.0)
        out.appendBigEndian(uuid.1)
    }

    private static func encode(time unixMillis: Int64, _ out: inout [UInt8]) {
        out.appendBigEndian(PostgresTime.microseconds(unixMillis: unixMillis))
    }

    /// Binary jsonb is a version byte (1) and the text.
    private static func encode(jsonb text: String, _ out: inout [UInt8]) {
        out.append(1)
        out.append(contentsOf: text.utf8)
    }

    private static func array<T>(
        _ all: [T], _ element: UInt32, _ out: inout [UInt8], _ write: (T, inout [UInt8]) -> Void
    ) {
        header(count: all.count, hasNulls: false, element, &out)
        for value in all { sized(value, &out, write) }
    }

    private static func optionals<T>(
        _ all: [T?], _ element: UInt32, _ out: inout [UInt8], _ write: (T, inout [UInt8]) -> Void
    ) {
        header(count: all.count, hasNulls: all.contains { $0 == nil }, element, &out)
        for value in all {
            guard let value else {
                out.appendBigEndian(Int32(-1))
                continue
            }
            sized(value, &out, write)
        }
    }

    /// Dimensions, null flag, element type, then length and lower bound of the one dimension.
    private static func header(count: Int, hasNulls: Bool, _ element: UInt32, _ out: inout [UInt8]) {
        out.appendBigEndian(Int32(count == 0 ? 0 : 1))
        out.appendBigEndian(Int32(hasNulls ? 1 : 0))
        out.appendBigEndian(element)
        guard count > 0 else { return }
        out.appendBigEndian(Int32(count))
        out.appendBigEndian(Int32(1))
    }

    private static func sized<T>(_ value: T, _ out: inout [UInt8], _ write: (T, inout [UInt8]) -> Void) {
        let start = out.count
        out.appendBigEndian(Int32(0))
        write(value, &out)
        out.overwriteBigEndian(Int32(out.count - start - 4), at: start)
    }
}

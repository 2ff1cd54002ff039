/// One statement parameter, sent in binary with exactly the type its case names; casts are written in the SQL.
package enum PostgresValue: Sendable {
    case null
    case bool(Bool)
    case int2(Int16)
    case int4(Int32)
    case int8(Int64)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    /// High and low half, in the order in which they are written.
    case uuid(UInt64, UInt64)
    /// `timestamptz` from Unix milliseconds; `.max` and `.min` are the infinities.
    case timestamp(Int64)
    case jsonb(String)
    case boolArray([Bool])
    case int2Array([Int16])
    case int4Array([Int32])
    case int8Array([Int64])
    case doubleArray([Double])
    case textArray([String?])
    case bytesArray([[UInt8]?])
    case uuidArray([(UInt64, UInt64)])
    case timestampArray([Int64])
    case jsonbArray([String?])
    case optionalInt4Array([Int32?])
    case optionalInt8Array([Int64?])
    case optionalDoubleArray([Double?])
    case optionalUUIDArray([(UInt64, UInt64)?])
    case optionalTimestampArray([Int64?])

    /// The type the server is told; 0 lets it infer one for a null.
    var oid: UInt32 {
        switch self {
        case .null: 0
        case .bool: PostgresOID.bool
        case .int2: PostgresOID.int2
        case .int4: PostgresOID.int4
        case .int8: PostgresOID.int8
        case .double: PostgresOID.float8
        case .text: PostgresOID.text
        case .bytes: PostgresOID.bytea
        case .uuid: PostgresOID.uuid
        case .timestamp: PostgresOID.timestamptz
        case .jsonb: PostgresOID.jsonb
        case .boolArray: PostgresOID.boolArray
        case .int2Array: PostgresOID.int2Array
        case .int4Array, .optionalInt4Array: PostgresOID.int4Array
        case .int8Array, .optionalInt8Array: PostgresOID.int8Array
        case .doubleArray, .optionalDoubleArray: PostgresOID.float8Array
        case .textArray: PostgresOID.textArray
        case .bytesArray: PostgresOID.byteaArray
        case .uuidArray, .optionalUUIDArray: PostgresOID.uuidArray
        case .timestampArray, .optionalTimestampArray: PostgresOID.timestamptzArray
        case .jsonbArray: PostgresOID.jsonbArray
        }
    }

    var isNull: Bool {
        if case .null = self { return true }
        return false
    }
}

extension PostgresValue {
    /// The value or a null.
    package static func optional(_ value: Int16?) -> PostgresValue { value.map { .int2($0) } ?? .null }
    /// The value or a null.
    package static func optional(_ value: Int32?) -> PostgresValue { value.map { .int4($0) } ?? .null }
    /// The value or a null.
    package static func optional(_ value: Int64?) -> PostgresValue { value.map { .int8($0) } ?? .null }
    /// The value or a null.
    package static func optional(_ value: Double?) -> PostgresValue { value.map { .double($0) } ?? .null }
    /// The value or a null.
    package static func optional(_ value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
    /// The value or a null.
    package static func optional(_ value: [UInt8]?) -> PostgresValue { value.map { .bytes($0) } ?? .null }
}

/// Type numbers of the server's built-in types that we send or read (`pg_type.dat`, fixed for ever).
enum PostgresOID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let timestamptz: UInt32 = 1184
    static let timestamptzArray: UInt32 = 1185
    static let date: UInt32 = 1082
    static let interval: UInt32 = 1186
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let uuidArray: UInt32 = 2951
    static let jsonb: UInt32 = 3802
    static let jsonbArray: UInt32 = 3807

    /// Types whose binary form is no text; reading one as text is a mistake in our SQL (cast it there).
    static let notText: Set<UInt32> = [
        bool, int8, int2, int4, oid, float4, float8, timestamptz, date, interval, numeric, uuid,
    ]
}

/// Unix milliseconds to and from the server's microseconds since 2000-01-01; infinities stay at the ends.
enum PostgresTime {
    private static let epochMillis: Int64 = 946_684_800_000

    static func microseconds(unixMillis: Int64) -> Int64 {
        if unixMillis == .max || unixMillis == .min { return unixMillis }
        // Times beyond what Postgres can say become its infinities.
        let (millis, isBelow) = unixMillis.subtractingReportingOverflow(epochMillis)
        let (micros, isBeyond) = millis.multipliedReportingOverflow(by: 1000)
        return isBelow || isBeyond ? (unixMillis < 0 ? .min : .max) : micros
    }

    static func unixMillis(microseconds: Int64) -> Int64 {
        if microseconds == .max || microseconds == .min { return microseconds }
        return (microseconds >= 0 ? microseconds / 1000 : (microseconds - 999) / 1000) + epochMillis
    }
}

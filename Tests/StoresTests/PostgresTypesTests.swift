import Postgres
import TestSupport
import Testing

@Suite struct PostgresTypesTests {
    @Test func scalarsComeBackAsTheyWent() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let session = PostgresSession(configuration)
            try await session.run { connection throws in
                let row = try connection.query(
                    "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
                    [
                        .bool(true), .int2(-7), .int4(.min), .int8(.max), .double(-0.5), .text("Grüße 🛒"),
                        .bytes([0, 255, 10]), .uuid(0x0011_2233_4455_6677, 0x8899_AABB_CCDD_EEFF),
                        .timestamp(-1), .jsonb(#"{"a": 1}"#),
                    ])[0]
                #expect(row.bool(0))
                #expect(row.int16(1) == -7)
                #expect(row.int32(2) == .min)
                #expect(row.int64(3) == .max)
                #expect(row.double(4) == -0.5)
                #expect(row.text(5) == "Grüße 🛒")
                #expect(row.bytes(6) == [0, 255, 10])
                #expect(row.uuid(7) == (0x0011_2233_4455_6677, 0x8899_AABB_CCDD_EEFF))
                #expect(row.timestampMillis(8) == -1)
                #expect(row.text(9) == #"{"a": 1}"#)
            }
        }
    }

    @Test func theServerReadsWhatWeMean() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let session = PostgresSession(configuration)
            try await session.run { connection throws in
                let row = try connection.query(
                    "SELECT $1::uuid::text, $2::timestamptz AT TIME ZONE 'UTC' = '2026-03-01 12:00:00.123', $3::text[]::text",
                    [
                        .uuid(0x0011_2233_4455_6677, 0x8899_AABB_CCDD_EEFF), .timestamp(1_772_366_400_123),
                        .textArray(["a,b", nil, ""]),
                    ]
                )[0]
                #expect(row.text(0) == "00112233-4455-6677-8899-aabbccddeeff")
                #expect(row.bool(1))
                #expect(row.text(2) == #"{"a,b",NULL,""}"#)
            }
        }
    }

    @Test func nullsAndEmptyValuesStayApart() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let session = PostgresSession(configuration)
            try await session.run { connection throws in
                let row = try connection.query(
                    "SELECT $1::text, $2::text, $3::bytea, $4::int8[]", [.null, .text(""), .bytes([]), .int8Array([])])[
                        0]
                #expect(row.isNull(0))
                #expect(row.textIfPresent(0) == nil)
                #expect(row.text(1) == "")
                #expect(row.bytes(2) == [])
                #expect(row.int64Array(3) == [])
            }
        }
    }

    @Test func arraysComeBackAsTheyWent() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let session = PostgresSession(configuration)
            try await session.run { connection throws in
                let row = try connection.query(
                    "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
                    [
                        .boolArray([true, false]), .int2Array([1, -1]), .int4Array([3]), .int8Array([4, 5]),
                        .doubleArray([1.5]), .textArray(["x", nil]), .bytesArray([[1], nil, []]),
                        .uuidArray([(1, 2)]), .timestampArray([1_700_000_000_000]), .optionalInt8Array([nil, 7]),
                    ])[0]
                #expect(row.boolArray(0) == [true, false])
                #expect(row.int64Array(1) == [1, -1])
                #expect(row.int64Array(2) == [3])
                #expect(row.int64Array(3) == [4, 5])
                #expect(row.doubleArray(4) == [1.5])
                #expect(row.optionalTextArray(5) == ["x", nil])
                #expect(row.bytesArray(6) == [[1], nil, []])
                #expect(row.uuidArray(7)[0] == (1, 2))
                #expect(row.timestampMillisArray(8) == [1_700_000_000_000])
                #expect(row.optionalInt64Array(9) == [nil, 7])
            }
        }
    }

    @Test(arguments: [
        "0", "1", "-1", "9999", "10000", "12345678901234567", "-9223372036854775808", "9223372036854775807",
        "0.0001", "-12.5", "123456.789", "99999999.00000001",
    ])
    func numericsAreReadAsNumbers(_ text: String) async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let session = PostgresSession(configuration)
            try await session.run { connection throws in
                let row = try connection.query("SELECT $1::text::numeric", [.text(text)])[0]
                #expect(row.double(0) == Double(text))
                #expect(row.int64(0) == Int64(text.split(separator: ".")[0]))
            }
        }
    }

    @Test func infinitiesStayAtTheEnds() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let session = PostgresSession(configuration)
            try await session.run { connection throws in
                let row = try connection.query(
                    "SELECT $1 = 'infinity', $1, '-infinity'::timestamptz", [.timestamp(.max)])[0]
                #expect(row.bool(0))
                #expect(row.timestampMillis(1) == .max)
                #expect(row.timestampMillis(2) == .min)
            }
        }
    }
}

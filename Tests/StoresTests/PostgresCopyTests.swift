import Postgres
import TestSupport
import Testing

@Suite struct PostgresCopyTests {
    private static let table = """
        CREATE TABLE t (a int8, b int2, c bytea, d text, e timestamptz, f uuid, g bool, h float8, i int4, j int8[])
        """
    private static let copyIn = "COPY t FROM STDIN (FORMAT binary)"
    private static let copyOut =
        "COPY (SELECT a, b, c, d, e, f, g, h, i, j FROM t ORDER BY a) TO STDOUT (FORMAT binary)"

    private func withTable(_ body: @Sendable (PostgresConnection) throws -> Void) async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            try await PostgresSession(configuration).run { connection throws in
                try connection.execute(Self.table)
                try body(connection)
            }
        }
    }

    private static func write(_ number: Int, to writer: inout PostgresCopyWriter) {
        writer.startRow(columns: 10)
        writer.int8(Int64(number))
        writer.int2(Int16(number % 100))
        writer.bytes([UInt8](repeating: UInt8(number % 256), count: number % 300))
        writer.text("row \(number)")
        writer.timestamp(Int64(number) * 1000)
        writer.uuid(UInt64(number), 7)
        writer.bool(number.isMultiple(of: 2))
        writer.double(Double(number) / 4)
        if number.isMultiple(of: 3) { writer.null() } else { writer.int4(Int32(number)) }
        writer.value(.int8Array([Int64(number), 1]))
    }

    @Test func rowsComeBackAsTheyWent() async throws {
        try await withTable { connection throws in
            let count = 5000  // several flushes of the writer's buffer
            let written = try connection.copyIn(Self.copyIn) { writer in
                for number in 0..<count { Self.write(number, to: &writer) }
            }
            #expect(written == count)
            var number = 0
            let read = try connection.copyOut(Self.copyOut) { row in
                let isSame =
                    row.int64(0) == number && row.int16(1) == number % 100
                    && row.bytes(2) == [UInt8](repeating: UInt8(number % 256), count: number % 300)
                    && row.text(3) == "row \(number)" && row.timestampMillis(4) == number * 1000
                    && row.uuid(5) == (UInt64(number), 7) && row.bool(6) == number.isMultiple(of: 2)
                    && row.double(7) == Double(number) / 4
                    && row.int32IfPresent(8) == (number.isMultiple(of: 3) ? nil : Int32(number))
                    && row.int64Array(9) == [Int64(number), 1]
                if !isSame { Issue.record("row \(number) differs") }
                number += 1
            }
            #expect(read == count)
            #expect(number == count)
        }
    }

    @Test func rowsEncodedBeforehandAreSentInParts() async throws {
        try await withTable { connection throws in
            var writer = PostgresCopyWriter()
            try connection.beginCopyIn(Self.copyIn)
            for batch in 0..<3 {
                writer.removeAll()
                for number in 0..<1000 { Self.write(batch * 1000 + number, to: &writer) }
                try connection.copyData(writer)
            }
            #expect(try connection.endCopyIn() == 3000)
            #expect(try connection.query("SELECT count(*) FROM t")[0].int64(0) == 3000)
        }
    }

    @Test func valuesLargerThanTheBufferAndEmptyCopiesWork() async throws {
        try await withTable { connection throws in
            try connection.execute("CREATE TABLE big (a bytea, b text)")
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let text = String(repeating: "ä", count: 100_000)
            let sql = "COPY big FROM STDIN (FORMAT binary)"
            #expect(try connection.copyIn(sql) { _ in } == 0)
            let count = try connection.copyIn(sql) { writer in
                for _ in 0..<3 {
                    writer.startRow(columns: 2)
                    writer.bytes(bytes)
                    writer.text(text)
                }
            }
            #expect(count == 3)
            var same = 0
            let read = try connection.copyOut("COPY big TO STDOUT (FORMAT binary)") { row in
                if row.bytes(0) == bytes && row.text(1) == text { same += 1 }
            }
            #expect(read == 3)
            #expect(same == 3)
            #expect(try connection.copyOut("COPY t TO STDOUT (FORMAT binary)") { _ in } == 0)
        }
    }

    @Test func aWriterThatThrowsLeavesNothing() async throws {
        struct Stop: Error {}
        try await withTable { connection throws in
            #expect(throws: Stop.self) {
                try connection.copyIn(Self.copyIn) { writer in
                    for number in 0..<2000 { Self.write(number, to: &writer) }
                    throw Stop()
                }
            }
            #expect(connection.isConnected)
            #expect(try connection.query("SELECT count(*) FROM t")[0].int64(0) == 0)
        }
    }

    @Test func aReaderThatThrowsLeavesTheSessionUsable() async throws {
        struct Stop: Error {}
        try await withTable { connection throws in
            #expect(throws: Stop.self) {
                try connection.copyOut("COPY (SELECT generate_series(1, 1000000)) TO STDOUT (FORMAT binary)") { row in
                    if row.int32(0) == 10 { throw Stop() }
                }
            }
            #expect(try connection.query("SELECT 1")[0].int32(0) == 1)
        }
    }

    @Test func whatTheServerRefusesIsThrownAtTheEnd() async throws {
        try await withTable { connection throws in
            try connection.execute("CREATE UNIQUE INDEX u ON t (a)")
            let error = #expect(throws: PostgresError.self) {
                try connection.copyIn(Self.copyIn) { writer in
                    Self.write(1, to: &writer)
                    for number in 0..<3000 { Self.write(number, to: &writer) }
                }
            }
            #expect(error?.sqlState == "23505")
            #expect(error?.constraint == "u")
            let wrong = #expect(throws: PostgresError.self) { try connection.copyIn("SELECT 1") { _ in } }
            #expect(wrong?.code == .usage)
            #expect(try connection.query("SELECT count(*) FROM t")[0].int64(0) == 0)
        }
    }
}

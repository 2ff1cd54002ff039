import EventModel
import Postgres
import Privacy
import TestSupport
import Testing

@testable import DataSubjects

@Suite("Salts at rest")
struct SaltTests {
    private static let today: Int64 = 20_800
    private static let secret = [UInt8](repeating: 3, count: 32)

    private func with(_ body: (PostgresConnection, Vault) throws -> Void) async throws {
        try await TestStores.shared.withDatabase { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            try body(connection, try Vault(currentKey: Self.secret))
        }
    }

    @Test("the same for all processes, and nothing of them in the table as it is")
    func wrapped() async throws {
        try await with { connection, vault in
            let salts = try SaltTable.keep(today: Self.today, vault: vault, on: connection)
            let again = try SaltTable.keep(today: Self.today, vault: vault, on: connection)
            for day in [Self.today, Self.today + 1] {
                let salt = try #require(salts.salt(day: day))
                #expect(again.salt(day: day) == salt && salt.bytes.count == 32)
                let plain = try connection.query(
                    "select 1 from registry.daily_salt where position($1 in salt) > 0", [.bytes(salt.bytes)])
                #expect(plain.isEmpty)
            }
        }
    }

    @Test("destroyed after 48 hours, and the word of it waits until it is told")
    func destroyed() async throws {
        try await with { connection, vault in
            _ = try SaltTable.keep(today: Self.today, vault: vault, on: connection)
            let kept = try SaltTable.keep(today: Self.today + 2, vault: vault, on: connection)
            #expect(kept.salt(day: Self.today) == nil && kept.salt(day: Self.today + 1) != nil)
            #expect(try SaltTable.untold(on: connection) == [Self.today])
            _ = try SaltTable.keep(today: Self.today + 2, vault: vault, on: connection)
            #expect(try SaltTable.untold(on: connection) == [Self.today])
            try SaltTable.noteTold(Self.today, on: connection)
            #expect(try SaltTable.untold(on: connection).isEmpty)
        }
    }

    @Test("a salt of an older version is used until it is destroyed, and wrapped with the next rotation")
    func older() async throws {
        try await with { connection, vault in
            let plain = [UInt8](repeating: 7, count: 32)
            _ = try connection.query(
                "insert into registry.daily_salt values (date '1970-01-01' + $1::int, $2)",
                [.int4(Int32(Self.today)), .bytes(plain)])
            #expect(
                try SaltTable.keep(today: Self.today, vault: vault, on: connection).salt(day: Self.today)?.bytes
                    == plain)
            let next = try Vault(currentKey: [UInt8](repeating: 4, count: 32), previousKey: Self.secret)
            #expect(try SaltTable.rewrap(vault: next, on: connection) == 2)
            let alone = try Vault(currentKey: [UInt8](repeating: 4, count: 32))
            #expect(
                try SaltTable.keep(today: Self.today, vault: alone, on: connection).salt(day: Self.today)?.bytes
                    == plain)
        }
    }
}

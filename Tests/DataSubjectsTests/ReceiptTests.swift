import Cryptography
import DataSubjects
import EventModel
import Foundation
import Postgres
import Privacy
import TestSupport
import Testing

@Suite("Receipts")
struct ReceiptTests {
    @Test("a receipt is genuine as it is, and with any byte changed it is not")
    func bytes() async throws {
        try await ErasureWorld.with { world in
            let request = try await world.ask { $0.email = "nobody@example.com" }
            try await world.workOff(request.id)
            let receipt = try await world.desk.receipt(request.id)
            let bytes = try #require(receipt)
            guard case .genuine(_, let key) = ReceiptVerifier.verify(bytes) else {
                Issue.record("not genuine")
                return
            }
            #expect(ReceiptVerifier.verify(bytes + [0x0A], expectedKey: key) == ReceiptVerifier.verify(bytes))
            #expect(ReceiptVerifier.verify(bytes, expectedKey: [UInt8](repeating: 1, count: 32)) == .otherKey(key))
            for index in bytes.indices {
                for bit in [0, 5] {
                    var changed = bytes
                    changed[index] ^= 1 << bit
                    if case .genuine = ReceiptVerifier.verify(changed) { Issue.record("byte \(index), bit \(bit)") }
                }
            }
            for end in [0, 1, 20, bytes.count - 1] {
                #expect(ReceiptVerifier.verify(Array(bytes.prefix(end))) == .notAReceipt)
            }
            await #expect(throws: (any Error).self) {
                try await world.pool.run { try $0.execute("update privacy.receipt set body = '{}'") }
            }
        }
    }

    /// As a restore writes it down: keys and fence are gone and up, the tombstone is in the log, the index leads nowhere.
    @Test("after a restore the receipt tells of the keys that the backup had, and of the tombstone")
    func replay() async throws {
        try await ErasureWorld.with { world in
            let request = try await world.ask { $0.email = "anna@example.com" }
            _ = try world.connection.query(
                """
                insert into privacy.round (request, sequence, handles, occurred_at, generation, key_ids)
                select id, n, asked_handles, now() + n * interval '1 second', 1, array[gen_random_uuid()]
                from privacy.request, generate_series(1, 2) n
                """)
            try world.connection.execute(
                "update privacy.request set asked_by = 'restore', state = 'working', step = 'traced'")
            try await world.workOff(request.id)
            let receipt = try await world.receipt(request.id)
            #expect((receipt["found"] as? [String: Any])?["anything"] as? Bool == true)
            #expect((receipt["keys"] as? [String: Any])?["destroyed"] as? Int == 2)
            #expect((receipt["tombstones"] as? [Int])?.count == 2)
            let statements = try #require(receipt["statements"] as? [String])
            #expect(statements[0].contains("restored from an earlier backup"))
            #expect(!statements.contains { $0.contains("Nothing was held") })
        }
    }

    @Test("the signing key is made once, opens after a rotation of APP_SECRET_KEY, and under no other")
    func signingKey() async throws {
        try await ErasureWorld.with { world in
            let key = try SigningKey.load(vault: world.vault, on: world.connection).publicKey
            let next = try Vault(
                currentKey: [UInt8](repeating: 8, count: 32), previousKey: [UInt8](repeating: 9, count: 32))
            #expect(try SigningKey.rewrap(vault: next, on: world.connection))
            #expect(try !SigningKey.rewrap(vault: next, on: world.connection))
            #expect(try SigningKey.load(vault: next, on: world.connection).publicKey == key)
            #expect(throws: PrivacyError.self) { try SigningKey.load(vault: world.vault, on: world.connection) }
        }
    }
}

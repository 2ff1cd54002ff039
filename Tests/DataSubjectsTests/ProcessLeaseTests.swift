import EventModel
import Pipelines
import Postgres
import Privacy
import Synchronization
import TestSupport
import Testing

@testable import DataSubjects

/// Which processes an erasure waits for, and what one does that is cut off.
@Suite struct ProcessLeaseTests {
    private static let order = Handle(kind: .order, hash: Key128(high: 1, low: 2))

    /// A clock that stands still until it is moved.
    private final class Clock: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock(\.self) }
        func pass(_ time: Duration) { instant.withLock { $0 += time } }
    }

    /// Lends a listed process that does not have fence number 1, and its session.
    private func with(
        _ body: (FenceLedger, SubjectKeyring, Clock, _ session: PostgresConnection, _ eraser: PostgresConnection)
            throws -> Void
    ) async throws {
        try await TestStores.shared.withDatabase { database in
            let (session, eraser) = (PostgresConnection(database), PostgresConnection(database))
            defer {
                session.close()
                eraser.close()
            }
            let (keyring, clock) = (SubjectKeyring(), Clock())
            let ledger = FenceLedger(keyring: keyring, label: "test") { clock.now }
            try ledger.look(on: session)
            try body(ledger, keyring, clock, session, eraser)
        }
    }

    /// As if so much time had passed for the database.
    private func age(_ seconds: Int64, _ connection: PostgresConnection) throws {
        _ = try connection.query(
            """
            update privacy.process set gone_at = gone_at - $1 * interval '1 second',
                seen_at = seen_at - $1 * interval '1 second'
            """, [.int8(seconds)])
    }

    @Test func aProcessWhoseSessionEndedIsNotWaitedForLongerThanItsLease() async throws {
        try await with { _, _, _, session, eraser in
            #expect(try ProcessTable.countBehind(1, on: eraser) == 1)
            #expect(try eraser.query("select gone_at from privacy.process")[0].isNull(0))
            session.close()
            // The server notices within milliseconds, and no look before it has says that the process is gone.
            while try eraser.query("select gone_at from privacy.process")[0].isNull(0) {
                #expect(try ProcessTable.countBehind(1, on: eraser) == 1)
            }
            try age(ProcessLease.goneSeconds - 2, eraser)
            #expect(try ProcessTable.countBehind(1, on: eraser) == 1)
            try age(3, eraser)
            #expect(try ProcessTable.countBehind(1, on: eraser) == 0)
        }
    }

    @Test func aProcessThatComesBackIsWaitedForAgain() async throws {
        try await with { ledger, _, _, session, eraser in
            session.close()
            while try eraser.query("select gone_at from privacy.process")[0].isNull(0) {
                _ = try ProcessTable.countBehind(1, on: eraser)
            }
            try ledger.look(on: session)
            #expect(try eraser.query("select gone_at from privacy.process")[0].isNull(0))
            try age(ProcessLease.goneSeconds + 1, eraser)
            #expect(try ProcessTable.countBehind(1, on: eraser) == 1)
        }
    }

    @Test func aSilentProcessIsGivenUpThoughItsSessionSeemsToLive() async throws {
        try await with { ledger, _, clock, session, eraser in
            try age(ProcessLease.silentSeconds - 2, eraser)
            #expect(try ProcessTable.countBehind(1, on: eraser) == 1)
            clock.pass(ProcessLease.beat)
            try ledger.look(on: session)
            try age(3, eraser)
            #expect(try ProcessTable.countBehind(1, on: eraser) == 1)
            try age(ProcessLease.silentSeconds, eraser)
            #expect(try ProcessTable.countBehind(1, on: eraser) == 0)
        }
    }

    @Test func aProcessThatIsCutOffHoldsNoKeyAfterItsLease() async throws {
        try await with { ledger, keyring, clock, session, _ in
            let shop = ShopContext(shop: 1, keys: ShopKeys(shopKey: Vault.newKey()))
            let key = keyring.key(for: Self.order, in: shop).key
            clock.pass(ProcessLease.lease - .milliseconds(1))
            #expect(!ledger.dropWhereCutOff())
            #expect(keyring.key(for: Self.order, in: shop).key == key)
            clock.pass(.milliseconds(1))
            #expect(ledger.dropWhereCutOff())
            let other = keyring.key(for: Self.order, in: shop).key
            #expect(other != key)
            // And none of those that it made meanwhile.
            #expect(ledger.dropWhereCutOff())
            #expect(keyring.key(for: Self.order, in: shop).key != other)
            try ledger.look(on: session)
            #expect(!ledger.dropWhereCutOff())
        }
    }

    /// Else a process that hears nothing could be given up while it still counts as up to date.
    @Test func theTimesHoldTogether() {
        let drops = ProcessLease.lease + ProcessLease.watch
        #expect(drops < .seconds(ProcessLease.goneSeconds))
        #expect(drops + ProcessLease.beat < .seconds(ProcessLease.silentSeconds))
        #expect(ProcessLease.beat < .seconds(ProcessLease.goneSeconds))
    }
}

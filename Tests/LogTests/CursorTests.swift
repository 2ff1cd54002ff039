import EventModel
import Postgres
import TestSupport
import Testing

@testable import EventLog

/// The planner's memory, the cursor, and what happens when their beliefs are wrong.
@Suite struct CursorTests {
    private static let buffer = Key128(high: 77, low: 88)

    private static func entry(_ place: Int64, _ numbers: some Sequence<Int>) -> AppendEntry {
        AppendEntry(place: StreamPlace(millis: place, sequence: 0), bytes: Samples.batch(numbers))
    }

    @Test func entriesReadAgainAreLeftOut() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let writer = LogWriter(connection)
            var planner = AppendPlanner(lane: 0)
            let start = try writer.loadWindow(lane: 0)
            planner.adopt(start.window, head: start.head)
            let plan = planner.plan([Self.entry(1, 0..<5), Self.entry(2, 5..<9)], incarnation: Self.buffer)
            let receipt = try writer.append(plan)
            #expect(receipt.wasExpected && receipt.total.committed == 9)
            // The reply to COMMIT was lost: the same plan once more.
            let again = try writer.append(plan)
            #expect(again.wasCommitted && again.head == 9 && again.sequence == 1)
            // A drain that started over has cut the entries otherwise.
            var other = AppendPlanner(lane: 0)
            let mixed = other.plan([Self.entry(2, 5..<9), Self.entry(3, 9..<12)], incarnation: Self.buffer)
            let third = try writer.append(mixed)
            #expect(third.total.received == 3 && third.total.committed == 3 && third.total.duplicate == 0)
            #expect(try writer.head(lane: 0).cursor?.place == StreamPlace(millis: 3, sequence: 0))
            // The same places of another incarnation are other entries.
            let renewed = other.plan([Self.entry(1, 11..<14)], incarnation: Key128(high: 1, low: 1))
            let fourth = try writer.append(renewed)
            #expect(fourth.total.committed == 2 && fourth.total.duplicate == 1)
        }
    }

    @Test func anAppendBesideTheBufferCarriesTheCursorOn() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            var planner = AppendPlanner(lane: 0)
            _ = try writer.append(planner.plan([Self.entry(9, 0..<3)], incarnation: Self.buffer))
            _ = try writer.append([Samples.batch(3..<5)], lane: 0)
            let head = try writer.head(lane: 0)
            #expect(head.position == 5 && head.sequence == 2)
            #expect(head.cursor == LogCursor(incarnation: Self.buffer, place: StreamPlace(millis: 9, sequence: 0)))
        }
    }

    @Test func anotherAppenderMakesThePlansVerdictsOpenAgain() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            var planner = AppendPlanner(lane: 0)
            let start = try writer.loadWindow(lane: 0)
            planner.adopt(start.window, head: start.head)
            let first = planner.plan([Self.entry(1, 0..<5)], incarnation: Self.buffer)
            let second = planner.plan([Self.entry(2, 3..<8)], incarnation: Self.buffer)
            // The gateway's own way gets in between with events that the plans hold as well.
            _ = try writer.append([Samples.batch([2, 6])], lane: 0)
            let one = try writer.append(first)
            planner.didAppend(one)
            #expect(!one.wasExpected && one.total.committed == 4 && one.total.duplicate == 1)
            #expect(planner.wantsWindow)
            let two = try writer.append(second)
            #expect(two.total.committed == 2 && two.total.duplicate == 3)
            #expect(two.head == 8)
        }
    }

    @Test func aPlanThatNeverCommittedDoesNotPoisonTheNext() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let writer = LogWriter(PostgresConnection(configuration))
            var planner = AppendPlanner(lane: 0)
            let start = try writer.loadWindow(lane: 0)
            planner.adopt(start.window, head: start.head)
            _ = planner.plan([Self.entry(1, 0..<5)], incarnation: Self.buffer)
            // The planner takes 3 and 4 for committed; the log knows better.
            let second = try writer.append(planner.plan([Self.entry(2, 3..<8)], incarnation: Self.buffer))
            #expect(second.total.committed == 5 && second.total.duplicate == 0)
        }
    }

    @Test func aWindowLoadedFromTheLogKnowsItsRepeats() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let records = (0..<50).map { Samples.record($0, occurredAt: Samples.noon + Int64($0) * 86_400_000) }
            _ = try LogWriter(connection).append([Samples.batch(records)], lane: 0)
            var window = try LogWriter(connection).loadWindow(lane: 0).window
            #expect(window.count == 50)
            let other = Samples.record(60)
            let known = records[7].header
            #expect(window.admit(known.key, content: known.content, nowMillis: .max) == .repeated)
            #expect(window.admit(records[49].header.key, content: 1, nowMillis: .max) == .conflicting)
            #expect(window.admit(other.header.key, content: 1, nowMillis: .max) == .new)
        }
    }

    @Test func theWindowStaysBoundedAndNeverGuesses() {
        var window = KeyWindow()
        var generator = SystemRandomNumberGenerator()
        let keys = (0..<300_000).map { number in
            EventKey.make(
                timeMillis: Samples.noon + Int64(number / 10),
                hash: Key128(high: generator.next(), low: generator.next()))
        }
        for key in keys { #expect(window.admit(key, content: key.low, nowMillis: .max) == .new) }
        #expect(window.count <= KeyWindow.countMax)
        for key in keys {
            let expected: KeyWindow.Answer = EventKey.timeMillis(key) >= window.floorMillis ? .repeated : .unknown
            if window.admit(key, content: key.low, nowMillis: .max) != expected { Issue.record("wrong answer") }
        }
        let newest = keys[keys.count - 1]
        #expect(window.admit(newest, content: newest.low &+ 1, nowMillis: .max) == .conflicting)
    }

    @Test func aWindowIsLoadedWithoutIdentitiesOfTheFuture() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let future = (0..<20).map {
                Samples.record($0, occurredAt: Samples.noon + 900 * Samples.week, receivedAt: Samples.noon)
            }
            _ = try LogWriter(connection).append([Samples.batch(future + [Samples.record(30)])], lane: 0)
            var window = try LogWriter(connection).loadWindow(lane: 0).window
            #expect(window.count == 1)
            // When their time has come, the log is asked, and a new window wanted.
            let (due, before) = (future[3].header, Samples.record(40).header)
            let now = due.occurredAt
            #expect(window.admit(before.key, content: 1, nowMillis: now) == .new && !window.isOutrun)
            #expect(window.admit(due.key, content: due.content, nowMillis: now) == .unknown && window.isOutrun)
        }
    }

    @Test func identitiesOfTheFutureDoNotTakeThePlaceOfThePresents() {
        var window = KeyWindow()
        func key(_ millis: Int64, _ number: Int) -> Key128 {
            EventKey.make(timeMillis: millis, hash: Key128(high: UInt64(number), low: UInt64(number) &* 0x9E37_79B9))
        }
        let future = Samples.noon + 70 * 365 * 86_400_000
        for number in 1...KeyWindow.countMax + 1 {
            let answer = window.admit(key(future, number), content: 1, nowMillis: Samples.noon)
            if answer != .unknown { Issue.record("kept") }
        }
        #expect(window.count == 0 && window.floorMillis == 0)
        let late = Samples.noon + 5 * 60_000
        #expect(window.admit(key(late, 1), content: 1, nowMillis: Samples.noon) == .new)
        #expect(window.admit(key(late, 1), content: 1, nowMillis: Samples.noon) == .repeated)
        #expect(window.admit(key(late + 1, 1), content: 1, nowMillis: Samples.noon) == .unknown)
        #expect(window.admit(key(late + 1, 1), content: 1, nowMillis: late) == .unknown && window.isOutrun)
    }
}

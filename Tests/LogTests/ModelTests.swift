import EventModel
import Postgres
import TestSupport
import Testing

@testable import EventLog

/// Appends at random, in every order that a drain, its successor and a gateway can bring about, beside a model that is
/// too simple to be wrong: a dictionary.
@Suite struct ModelTests {
    private struct Model {
        var contents: [Key128: UInt64] = [:]
        var committed: [EventRecord] = []
        var duplicate: Int64 = 0
        var quarantined: Int64 = 0

        mutating func append(_ records: [EventRecord]) {
            for record in records {
                switch contents[record.header.key] {
                case nil:
                    contents[record.header.key] = record.header.content
                    committed.append(record)
                case record.header.content: duplicate += 1
                default: quarantined += 1
                }
            }
        }
    }

    /// A few hundred identities over nine weeks, so that most come again; one in twenty with other content. Those with
    /// an alias always have it.
    private static func entry(_ place: Int64, _ generator: inout SeededGenerator) -> (AppendEntry, [EventRecord]) {
        var aliases: [Int: [Key128]] = [:]
        let records = (0..<Int.random(in: 1...12, using: &generator)).map { index in
            let number = Int.random(in: 0..<300, using: &generator)
            let time = Samples.noon + Int64(number % 60) * 86_400_000
            let received = time + Int64.random(in: -3...40, using: &generator) * 86_400_000
            let isOther = Int.random(in: 0..<20, using: &generator) == 0
            if number % 7 == 0 { aliases[index] = [Key128(high: 9, low: UInt64(number))] }
            return Samples.record(
                number, occurredAt: time, receivedAt: received, content: UInt64(number) + (isOther ? 1000 : 0))
        }
        let bytes = Samples.batch(records, aliases: aliases)
        return (AppendEntry(place: StreamPlace(millis: place, sequence: 0), bytes: bytes), records)
    }

    @Test(arguments: 0..<6) func anyOrderOfAppendsGivesEachEventOnce(seed: UInt64) async throws {
        try await TestStores.shared.withDatabase { configuration in
            var generator = SeededGenerator(seed: seed)
            let connection = PostgresConnection(configuration)
            let model = try Self.run(LogWriter(connection), &generator)
            let read = try LogReader(connection).all(lane: 0, pageSize: 50)
            #expect(read.map(\.record) == model.committed)
            let report = try LogAccounting(connection).report(lanes: [0])
            #expect(report.difference == 0 && report.total.duplicate == model.duplicate)
            #expect(report.total.quarantined == model.quarantined)
            #expect(try LogVerifier(connection).verify(lane: 0).isIntact)
        }
    }

    /// The buffer is a list of entries; a drain reads on from the log's cursor, one plan ahead.
    private static func run(_ writer: LogWriter, _ generator: inout SeededGenerator) throws -> Model {
        let incarnation = Key128(high: 1, low: seedOf(&generator))
        let buffer = (1...80).map { entry(Int64($0), &generator) }
        var model = Model()
        var planner = AppendPlanner(lane: 0)
        var next = 0
        var plans: [(AppendPlan, Range<Int>)] = []
        while next < buffer.count || !plans.isEmpty {
            switch Int.random(in: 0..<12, using: &generator) {
            case 0:
                // A gateway's own append comes in between.
                let (foreign, records) = entry(0, &generator)
                _ = try writer.append([foreign.bytes], lane: 0)
                model.append(records)
            case 1:
                // The drain dies; its successor starts from the log, knowing identities from some time on only.
                let start = try writer.loadWindow(lane: 0)
                var window = start.window
                window.raiseFloor(to: Samples.noon + Int64.random(in: 0..<60, using: &generator) * 86_400_000)
                planner = AppendPlanner(lane: 0)
                if Bool.random(using: &generator) { planner.adopt(window, head: start.head) }
                plans = []
                next = start.head.cursor.map { Int($0.place.millis) } ?? 0
            case 2...6 where plans.count < 2 && next < buffer.count:
                let range = next..<min(buffer.count, next + Int.random(in: 1...4, using: &generator))
                plans.append((planner.plan(buffer[range].map(\.0), incarnation: incarnation), range))
                next = range.upperBound
            default:
                guard let (plan, range) = plans.first else { continue }
                let receipt = try writer.append(plan)
                for index in range { model.append(buffer[index].1) }
                // The reply gets lost now and then, and the plan is given again.
                let isLost = Int.random(in: 0..<4, using: &generator) == 0
                planner.didAppend(isLost ? try writer.append(plan) : receipt)
                plans.removeFirst()
            }
        }
        return model
    }

    private static func seedOf(_ generator: inout SeededGenerator) -> UInt64 { generator.next() }
}

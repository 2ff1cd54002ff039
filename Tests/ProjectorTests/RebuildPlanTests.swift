import EventModel
import ReadModels
import Testing

@testable import Projector

/// Which reader of a rebuild opens what: every event once, in order, whatever ends a batch.
@Suite struct RebuildPlanTests {
    /// Reads like `LaneFill` from a log that has these positions; batches end early where `ends` says.
    private static func read(
        _ plan: ReadingPlan, readers: Int, stored: [Position], ends: Set<Position> = []
    ) -> (taken: [Position], batches: [Range<Position>], readersUsed: Set<Int>) {
        var plan = plan
        var ready: [Int: FactBatch] = [:]
        var (taken, batches, used): ([Position], [Range<Position>], Set<Int>) = ([], [], [])
        var idle = Array(0..<readers)
        while true {
            for reader in idle {
                guard let request = plan.request(of: reader) else { continue }
                let wanted = stored.drop { $0 <= request.after }.prefix(request.limit).prefix { $0 <= request.bound }
                let last = wanted.first(where: ends.contains) ?? wanted.last
                let isCut = stored.contains { $0 > request.bound } && last == wanted.last
                let through = isCut ? request.bound : last
                ready[reader] = FactBatch(
                    lane: 0, after: request.after, through: through ?? request.after, events: [])
            }
            guard let reader = plan.reader, let batch = ready.removeValue(forKey: reader) else { break }
            let through = plan.take(batch)
            taken += stored.filter { $0 > batch.after && $0 <= through }
            batches.append(batch.after..<through)
            used.insert(reader)
            idle = [reader]
        }
        return (taken, batches, used)
    }

    @Test(arguments: [1, 2, 3], [0, 1, 5, 1000, 2345])
    func everyPositionIsTakenOnceInOrder(readers: Int, count: Int64) {
        let stored = Array(0..<count).map { $0 + 1 }
        for ends: Set<Position> in [[], [1, 2, 3, 700, 9999], Set(stored.filter { $0 % 7 == 0 })] {
            let plan = ReadingPlan(after: 0, to: count, sizes: 10...400)
            let result = Self.read(plan, readers: readers, stored: stored, ends: ends)
            #expect(result.taken == stored)
            #expect(zip(result.batches, result.batches.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            #expect((result.batches.last?.upperBound ?? 0) == count)
            if count > 1000 { #expect(result.readersUsed.count == readers) }
        }
    }

    @Test(arguments: [1, 2]) func whatRetentionDroppedIsPassedOver(readers: Int) {
        let kept = Array(Position(1_000_001)...1_003_000).filter { $0 % 10 != 0 }
        let plan = ReadingPlan(after: 0, dropped: 1_000_000, to: 1_003_000, sizes: 10...400)
        let result = Self.read(plan, readers: readers, stored: kept)
        #expect(result.taken == kept)
        #expect(result.batches.first?.lowerBound == 0 && result.batches.last?.upperBound == 1_003_000)
        #expect(result.batches.count < 40)
        let nothing = Self.read(
            ReadingPlan(after: 5, dropped: 90, to: 50), readers: readers, stored: [91, 92])
        #expect(nothing.taken.isEmpty && nothing.batches == [5..<50])
    }

    @Test func stretchesGrowAndShrink() {
        let result = Self.read(ReadingPlan(after: 0, to: 400_000), readers: 2, stored: Array(1...400_000))
        let sizes = result.batches.map { $0.upperBound - $0.lowerBound }
        #expect(sizes.first == 4000 && (sizes.last ?? 0) <= 4000 && sizes.max() == 25_000)
    }

    @Test func largeDocumentsAreSharedOut() {
        let stored = Array(Position(1)...20_000)
        let result = Self.read(
            ReadingPlan(after: 0, to: 20_000), readers: 2, stored: stored, ends: Set(stored.filter { $0 % 300 == 0 }))
        #expect(result.taken == stored)
        // After the first ones no stretch is longer than a few such batches.
        #expect(result.readersUsed == [0, 1])
    }
}

import Foundation
import Testing

/// Random sequences of events, requests, crashes, rebuilds and restores against the real binary: at each end the erased
/// are gone, the others complete, totals exact.
///
/// One run of a few steps, as part of all tests; `FOOTFALL_CRASH_RUNS` asks for a longer one for every ten runs of
/// `CrashTests`, and `FOOTFALL_CRASH_SEED` names the first seed, to repeat one that failed.
@Suite(.serialized) struct ForgettingCrashTests {
    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }
    /// A seed takes about as long as so many runs of `CrashTests`.
    private static let runsOfASeed = 10
    private static let (shortSteps, longSteps) = (9, 24)

    @Test(.timeLimit(.minutes(180)))
    func theErasedAreGoneAndTheOthersComplete() async throws {
        let runs = Self.number("FOOTFALL_CRASH_RUNS")
        let first = Self.number("FOOTFALL_CRASH_SEED") ?? 1
        for seed in first..<first + max(1, (runs ?? 0) / Self.runsOfASeed) {
            let plan = StormPlan(seed: UInt64(seed), length: runs == nil ? Self.shortSteps : Self.longSteps)
            let failures = try await Storm.run(plan)
            let again = "FOOTFALL_CRASH_SEED=\(seed)" + (runs == nil ? "" : " FOOTFALL_CRASH_RUNS=\(Self.runsOfASeed)")
            #expect(failures.isEmpty, "\(plan)\nagain: \(again)\n\(failures.joined(separator: "\n"))")
        }
    }
}

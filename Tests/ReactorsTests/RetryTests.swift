import Reactors
import Testing

@Suite("Reactors: when to try again")
struct RetryTests {
    private func wait(_ attempt: Int, _ failure: TaskFailure = .passing("x"), low: Bool = false) -> Duration? {
        switch RetryPolicy().decide(failure, attempt: attempt, jitter: low ? 0 : 1) {
        case .retry(let wait): return wait
        case .giveUp: return nil
        }
    }

    @Test("waits double, up to an end, with jitter below")
    func doubling() {
        #expect(wait(1) == .seconds(5))
        #expect(wait(1, low: true) == .milliseconds(2500))
        #expect(wait(2, low: true) == .seconds(5))
        #expect(wait(5, low: true) == .seconds(40))
        #expect(wait(29, low: true) == .seconds(3600))
    }

    @Test("permanent failures and the last try are the end")
    func end() {
        #expect(wait(1, .permanent("no scope")) == nil)
        #expect(wait(30) == nil)
        #expect(wait(29) != nil)
    }

    @Test("nobody is asked again before the time they named")
    func named() {
        #expect(wait(1, .passing("slow", retryAfter: .seconds(90)), low: true) == .seconds(90))
        #expect(wait(8, .passing("slow", retryAfter: .seconds(1)), low: true) == .seconds(320))
    }
}

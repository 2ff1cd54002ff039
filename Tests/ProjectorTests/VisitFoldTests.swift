import EventModel
import ReadModels
import Testing

/// The rule of visits, on the pure fold.
@Suite struct VisitFoldTests {
    static let base: Int64 = 1_790_000_000_000

    /// Folds in this order, in one pass.
    static func fold(_ events: [EventFacts]) -> VisitorTimeline {
        var timeline = VisitorTimeline()
        for (index, event) in events.enumerated() {
            timeline.insert(event) { visit in
                events[0..<index].filter { (visit.start...visit.end).contains($0.order.time) }
            }
        }
        timeline.link()
        return timeline
    }

    static func visits(_ times: [Int64]) throws -> [ClosedRange<Int64>] {
        let facts = try TestRules.facts(times.map { TestEvent(time: base + $0) })
        return fold(facts).visits.map { $0.state.start - base...$0.state.end - base }
    }

    @Test func exactly1800SecondsStillJoin() throws {
        #expect(try Self.visits([0, 1_800_000]) == [0...1_800_000])
        #expect(try Self.visits([0, 1_800_001]) == [0...0, 1_800_001...1_800_001])
    }

    @Test func exactly24HoursStillJoin() throws {
        let steps = (0...48).map { Int64($0) * 1_800_000 }
        #expect(try Self.visits(steps) == [0...86_400_000])
        #expect(try Self.visits(steps + [86_400_001]) == [0...86_400_000, 86_400_001...86_400_001])
    }

    @Test func aLateEventMergesTwoVisits() throws {
        let facts = try TestRules.facts([0, 3_000_000, 1_500_000].map { TestEvent(time: Self.base + $0) })
        let timeline = Self.fold(facts)
        #expect(timeline.visits.map(\.state.start) == [Self.base])
        #expect(timeline.visits[0].state.activity.total.events == 3)
    }

    @Test func aLateFirstEventCutsALongRunAnew() throws {
        // 30 hours with an event every 20 minutes, and later one that comes ten minutes before all of them.
        let run = (0...90).map { Int64($0) * 1_200_000 }
        let expected = try Self.visits([-600_000] + run)
        #expect(try Self.visits(run + [-600_000]) == expected)
        #expect(expected.count == 2 && expected[0].upperBound == 85_200_000)
    }

    /// Any order of arrival gives the visits, and the packed rows, of the sorted input.
    @Test(arguments: 0..<60) func orderOfArrivalDoesNotShow(seed: UInt64) throws {
        var random = SplitMix(seed)
        let events = Self.randomEvents(&random)
        let facts = try TestRules.facts(events)
        let expected = Self.rows(Self.fold(facts.sorted { $0.order < $1.order }))
        for _ in 0..<6 {
            #expect(Self.rows(Self.fold(facts.shuffled(using: &random))) == expected)
        }
    }

    /// Visits as the straight rule cuts them: by gap, then by cap, over all events in order.
    @Test(arguments: 0..<60) func visitsAreThoseOfTheRule(seed: UInt64) throws {
        var random = SplitMix(seed &+ 1000)
        let facts = try TestRules.facts(Self.randomEvents(&random))
        var expected: [ClosedRange<Int64>] = []
        for time in facts.map(\.order.time).sorted() {
            if let last = expected.last, time - last.upperBound <= 1_800_000, time - last.lowerBound <= 86_400_000 {
                expected[expected.count - 1] = last.lowerBound...time
            } else {
                expected.append(time...time)
            }
        }
        #expect(Self.fold(facts.shuffled(using: &random)).visits.map { $0.state.start...$0.state.end } == expected)
    }

    /// The packed state, without the positions, which depend on arrival.
    static func rows(_ timeline: VisitorTimeline) -> [[UInt8]] {
        timeline.visits.map { $0.state.encoded() + $0.state.activity.encoded() }
    }

    static func randomEvents(_ random: inout SplitMix) -> [TestEvent] {
        var time = base
        let names = [
            "page_viewed", "page_viewed", "product_viewed", "product_added_to_cart", "checkout_started",
            "checkout_completed", "custom",
        ]
        let referrers = [
            "", "", "https://google.com/", "https://shop.example/a", "https://paypal.com/x", "https://a.example/",
        ]
        let queries = ["", "", "?utm_source=n&utm_campaign=c", "?gclid=x1", "?gclid=x2"]
        let steps: [Int64] = [
            0, 0, 1, 5_000, 1_199_999, 1_799_999, 1_800_000, 1_800_001, 1_700_000, 1_750_000, 1_600_000, 40_000_000,
        ]
        return (0..<Int.random(in: 1...160, using: &random)).map { index in
            time +=
                steps.dropLast(Int.random(in: 0...12, using: &random) == 0 ? 0 : 1).randomElement(using: &random) ?? 0
            let name = names.randomElement(using: &random) ?? ""
            var data = ""
            if name.hasPrefix("checkout") {
                data =
                    "\"checkout\":{\"token\":\"t\(index % 3)\",\"totalPrice\":{\"amount\":\(index).5,\"currencyCode\":\"EUR\"}}"
            }
            return TestEvent(
                name: name, time: time,
                sequence: Bool.random(using: &random) ? Int.random(in: 0...3, using: &random) : nil,
                id: "sh-\(index)", path: "/p\(index % 7)", query: queries.randomElement(using: &random) ?? "",
                referrer: referrers.randomElement(using: &random) ?? "", data: data)
        }
    }
}

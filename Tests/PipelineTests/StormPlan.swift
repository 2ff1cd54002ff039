import PrivateStores
import Simulator

/// What happens to a shop in one run of the property test, all of it drawn from a seed.
struct StormPlan: Sendable {
    /// What somebody does; persons and orders are numbers.
    enum Act: Sendable, Equatable {
        case visit(Int, order: Int64)
        case order(Int, Int64, version: Int)
        case customer(Int)
        case lead(Int)
        /// A form without a name on it: only the browser's number says whose.
        case form(Int)
        /// `orders` are those to redact; nil is all of the person.
        case erase(Int, by: Naming, orders: [Int64]?)
        case access(Int)
        case rebuild(String)

        /// Acts of one person do not happen at once: then nobody could say which came first.
        var person: Int? {
            switch self {
            case .visit(let person, _), .order(let person, _, _), .customer(let person), .lead(let person),
                .form(let person), .erase(let person, _, _), .access(let person):
                person
            case .rebuild: nil
            }
        }
    }

    /// How a request says whom it is about.
    enum Naming: String, Sendable, CaseIterable {
        case everything, customer, email, phone, orders
        /// Not a webhook but the merchant's own software.
        case api
    }

    /// What falls upon the deployment meanwhile.
    enum Blow: Sendable {
        case crash(CrashTests.Blow)
        /// The role that erases is killed as soon as an erasure has done this step.
        case midErasure(String)
    }

    enum Step: Sendable {
        case stretch([Act], Blow?)
        case backUp
        /// From the backup with this number; all requests are done before it where `isSettled`, else those that the
        /// backup does not know are sent again.
        case restore(backup: Int, isSettled: Bool)
    }

    let seed: UInt64
    let people: Int
    let steps: [Step]

    private static let roles: [Deployment.Role] = [.gateway, .drain, .projector, .api]
    private static let readModels = [
        "carts", "customers", "leads", "orders", "pages", "products", "sessions", "shops", "subjects",
    ]
    private static let blows: [Blow] =
        CrashTests.points.map { .crash(.point($0.role, $0.point)) }
        + ["privacy.destroy.before", "privacy.destroy.after"].map { .crash(.point(.projector, $0)) }
        + roles.map { .crash(.kill($0)) }
        + [.crash(.store(.redis)), .crash(.store(.postgres)), .crash(.cutConnections)]
    /// In the order of the protocol.
    static let erasureSteps = [
        "announced", "traced", "recorded", "destroyed", "acknowledged", "drained", "retraced", "redacted", "quarantine",
        "tasks", "exports", "versions", "buffer", "vacuumed", "searched",
    ]
    /// A person's visits have to find room in the marked shopper's day.
    private static let visitsMax = 16

    /// `length` stretches; a backup is made after the first third, and restored after the second.
    init(seed: UInt64, length: Int) {
        var draw = Draw(seed)
        var steps: [Step] = [.stretch(draw.people.map { draw.shopping($0) }, nil)]
        var backups = 0
        for index in 1..<length {
            if index == length / 3 || draw.chance(10) {
                steps.append(.backUp)
                backups += 1
            }
            if backups > 0, index == length * 2 / 3 || draw.chance(20) {
                steps.append(.restore(backup: draw.below(backups), isSettled: draw.chance(2)))
            }
            steps.append(.stretch(draw.acts(), draw.chance(2) ? nil : draw.blow(Self.blows, Self.erasureSteps)))
        }
        (self.seed, people, self.steps) = (seed, draw.people.count, steps)
    }

    /// The state of the drawing: which orders there are.
    private struct Draw {
        private var random: SeededGenerator
        let people: Range<Int>
        private var orders: [Int: [Int64]] = [:]
        private var versions: [Int64: Int] = [:]
        private var visits: [Int: Int] = [:]

        init(_ seed: UInt64) {
            random = SeededGenerator(seed: seed)
            people = 0..<Int.random(in: 5...8, using: &random)
        }

        mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
        mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }
        private mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }

        mutating func blow(_ blows: [Blow], _ steps: [String]) -> Blow {
            chance(3) ? .midErasure(pick(steps)) : pick(blows)
        }

        /// One to four, of persons of their own.
        mutating func acts() -> [Act] {
            var acts = people.shuffled(using: &random).prefix(1 + below(4)).map { self.act($0) }
            if chance(6) { acts.append(.rebuild(pick(readModels))) }
            return acts
        }

        private mutating func act(_ person: Int) -> Act {
            switch below(12) {
            case 0...6: shopping(person)
            case 7: .form(person)
            case 8: .access(person)
            default: erasure(person)
            }
        }

        mutating func shopping(_ person: Int) -> Act {
            switch below(8) {
            case 0...2 where visits[person, default: 0] < visitsMax: visit(person)
            case 0...5: order(person)
            case 6: .customer(person)
            default: .lead(person)
            }
        }

        private mutating func visit(_ person: Int) -> Act {
            visits[person, default: 0] += 1
            return .visit(person, order: newOrder(person))
        }

        private mutating func order(_ person: Int) -> Act {
            let known = orders[person] ?? []
            let order = known.isEmpty || chance(3) ? newOrder(person) : pick(known)
            versions[order, default: 0] += 1
            return .order(person, order, version: versions[order] ?? 1)
        }

        private mutating func newOrder(_ person: Int) -> Int64 {
            let order = Int64(900_000 + person * 100 + (orders[person] ?? []).count)
            orders[person, default: []].append(order)
            return order
        }

        private mutating func erasure(_ person: Int) -> Act {
            let naming = pick(Naming.allCases)
            guard naming != .api else { return .erase(person, by: .api, orders: nil) }
            let known = orders[person] ?? []
            var listed = chance(3) ? [] : known.filter { _ in chance(2) }
            if naming == .orders, listed.isEmpty { listed = [known.isEmpty ? newOrder(person) : pick(known)] }
            return .erase(person, by: naming, orders: listed)
        }
    }
}

extension StormPlan: CustomStringConvertible {
    /// A line a step, as a failing seed is told.
    var description: String {
        let lines = steps.enumerated().map { index, step in
            switch step {
            case .stretch(let acts, let blow):
                "\(index): \(acts.map { "\($0)" }.joined(separator: ", "))\(blow.map { " while \($0)" } ?? "")"
            case .backUp: "\(index): backup"
            case .restore(let backup, let isSettled):
                "\(index): restore of backup \(backup), \(isSettled ? "after all requests" : "abruptly")"
            }
        }
        return "seed \(seed), \(people) people\n" + lines.joined(separator: "\n")
    }
}

extension StormPlan.Blow: CustomStringConvertible {
    var description: String {
        switch self {
        case .crash(let blow): "\(blow)"
        case .midErasure(let step): "an erasure is interrupted after \(step)"
        }
    }
}

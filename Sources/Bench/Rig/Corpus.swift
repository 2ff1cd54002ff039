internal import EventModel
internal import Foundation
internal import Simulator
internal import Synchronization

/// Recorded shoppers as Benchmarks/pixel.lua reads them: realistic events of about 1.9 kB whose id, client and time the
/// script fills in.
struct Corpus: Sendable {
    let path: String
    let visits: Int
    let events: Int

    private static let seed: UInt64 = 77_003
    /// Some 5,000 events: many times what a compression window or a cache of one batch holds.
    private static let visitsPerDay = 350.0

    static func record(into path: String) async throws -> Corpus {
        var plan = PlanOptions(
            seed: seed, shop: "bench.myshopify.com", storefrontHost: "www.bench.example",
            endingAt: Int64(Date().timeIntervalSince1970 * 1000))
        plan.days = 2
        plan.sessionsPerDay = visitsPerDay
        plan.shareWidget = 0
        plan.shareDuplicates = 0
        plan.shareConflicts = 0
        plan.shareLate = 0
        plan.webhooks = false
        var options = SimulationOptions(accountID: "corpus") { _ in "" }
        options.concurrency = 1
        let recorder = Recorder()
        let simulation = try Simulation(plan: SimulationPlan(plan), options: options, transport: recorder) { _ in }
        _ = try await simulation.run()
        var writer = CorpusWriter()
        for request in recorder.requests { try writer.add(request) }
        try Data(writer.text).write(to: URL(fileURLWithPath: path))
        return Corpus(path: path, visits: writer.visitCount, events: writer.eventCount)
    }
}

/// Keeps requests and answers like a gateway that takes all.
private final class Recorder: SimulationTransport {
    private let kept = Mutex<[OutgoingRequest]>([])
    var requests: [OutgoingRequest] { kept.withLock { $0 } }

    func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        kept.withLock { $0.append(request) }
        return IncomingResponse(status: 202)
    }
}

/// Sorts events by visitor and puts marks where the script fills in.
private struct CorpusWriter {
    private static let pointers = PointerSet(["/id", "/clientId", "/timestamp"])
    private static let eventsMax = 500

    private var scanner = JSONScanner()
    private var visitors: [String: (agent: String, lines: [[UInt8]])] = [:]
    private var order: [String] = []
    private(set) var eventCount = 0
    var visitCount: Int { order.count }

    mutating func add(_ request: OutgoingRequest) throws {
        let visitor = "\(request.header("X-Forwarded-For") ?? "") \(request.header("User-Agent") ?? "")"
        if visitors[visitor] == nil {
            order.append(visitor)
            visitors[visitor] = (request.header("User-Agent") ?? "", [])
        }
        try scanner.scanEvents(request.body.span, pointers: Self.pointers, elementsMax: Self.eventsMax)
        for element in scanner.elements {
            let line = line(request.body, element)
            visitors[visitor]?.lines.append(line)
            eventCount += 1
        }
    }

    /// The event with a byte 1, 2 or 3 between the quotes of the three values.
    private func line(_ body: [UInt8], _ element: JSONElement) -> [UInt8] {
        var line: [UInt8] = []
        var at = element.range.lowerBound
        for match in scanner.matches[element.matches].sorted(by: { $0.start < $1.start }) where match.type == .string {
            line += body[at...match.start]
            line.append(UInt8(match.pointer + 1))
            at = match.end - 1
        }
        return line + body[at..<element.range.upperBound]
    }

    var text: [UInt8] {
        var text: [UInt8] = []
        for name in order {
            guard let visitor = visitors[name] else { continue }
            text += Array("V\t\(visitor.agent)\n".utf8)
            for line in visitor.lines { text += line + [UInt8(ascii: "\n")] }
        }
        return text
    }
}

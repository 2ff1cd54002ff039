import Foundation
import Simulator
import Synchronization

/// Keeps every request and answers like a gateway that takes all.
final class RecordingTransport: SimulationTransport {
    private let kept = Mutex<[OutgoingRequest]>([])
    private let answers: @Sendable (Int, OutgoingRequest) -> IncomingResponse

    init(answers: @escaping @Sendable (Int, OutgoingRequest) -> IncomingResponse = RecordingTransport.takeAll) {
        self.answers = answers
    }

    var requests: [OutgoingRequest] { self.kept.withLock { $0 } }

    func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        let number = self.kept.withLock { kept in
            kept.append(request)
            return kept.count
        }
        return self.answers(number, request)
    }

    static let takeAll: @Sendable (Int, OutgoingRequest) -> IncomingResponse = { _, request in
        guard request.path.hasSuffix("/session/start") else { return IncomingResponse(status: 202) }
        return IncomingResponse(status: 200, body: Array(#"{"sessionId":"ws-1","token":"t.1"}"#.utf8))
    }
}

/// Small plans for tests.
enum Example {
    /// 2026-11-20T18:00:00Z.
    static let end: Int64 = 1_795_197_600_000

    static func options(seed: UInt64 = 7, days: Int = 4, sessionsPerDay: Double = 120) -> PlanOptions {
        var options = PlanOptions(
            seed: seed, shop: "sleepwell.myshopify.com", storefrontHost: "www.sleepwell.example", endingAt: Example.end)
        options.days = days
        options.sessionsPerDay = sessionsPerDay
        options.countryHeader = "CF-IPCountry"
        options.shareConflicts = 0.005
        return options
    }

    static func sending(concurrency: Int = 1) -> SimulationOptions {
        var options = SimulationOptions(accountID: "acct") { body in "mac-\(body.count)" }
        options.concurrency = concurrency
        return options
    }

    /// Runs a plan against a recorder and returns what was sent, in order.
    static func sent(_ plan: SimulationPlan) async throws -> (requests: [OutgoingRequest], totals: TrueTotals) {
        let transport = RecordingTransport()
        let totals = try await Simulation(plan: plan, options: self.sending(), transport: transport).run()
        return (transport.requests, totals)
    }
}

/// A pixel event as it was sent.
struct SentEvent {
    let name: String
    let identity: String
    let visitor: String
    let isDaily: Bool
    let time: Int64
    let seq: Int
    let userAgent: String?
    let path: String?
    let referrer: String?
    let customer: String?
    let checkoutToken: String?
    let bytes: Int

    /// All pixel events of the requests, in the order of sending.
    static func all(in requests: [OutgoingRequest]) throws -> [SentEvent] {
        var events: [SentEvent] = []
        for request in requests where request.path.hasPrefix("/v1/pixel/") {
            let body = try JSONSerialization.jsonObject(with: Data(request.body))
            let wrapped = (body as? [String: Any])?["events"] as? [[String: Any]]
            let list = wrapped ?? (body as? [[String: Any]]) ?? (body as? [String: Any]).map { [$0] } ?? []
            for object in list { events.append(SentEvent(object, of: request, among: list.count)) }
        }
        return events
    }

    private init(_ object: [String: Any], of request: OutgoingRequest, among count: Int) {
        let text = object["timestamp"] as? String ?? ""
        self.name = object["name"] as? String ?? ""
        self.identity = "\(self.name) \(object["id"] as? String ?? "") \(text)"
        let consent = object["consent"] as? [String: Any]
        let privacy = object["customerPrivacy"] as? [String: Any]
        let isGranted = (consent?["analytics"] ?? privacy?["analyticsProcessingAllowed"]) as? Bool ?? true
        self.isDaily = !isGranted
        let address = "\(request.header("x-forwarded-for") ?? "") \(request.header("user-agent") ?? "")"
        self.visitor = isGranted ? object["clientId"] as? String ?? "" : address
        self.time = SentEvent.millis(text)
        self.seq = object["seq"] as? Int ?? -1
        let context = object["context"] as? [String: Any]
        let document = context?["document"] as? [String: Any]
        self.userAgent = (context?["navigator"] as? [String: Any])?["userAgent"] as? String
        self.path = (document?["location"] as? [String: Any])?["pathname"] as? String
        self.referrer = document?["referrer"] as? String
        let checkout = (object["data"] as? [String: Any])?["checkout"] as? [String: Any]
        let order = checkout?["order"] as? [String: Any]
        self.customer = (order?["customer"] as? [String: Any])?["id"] as? String
        self.checkoutToken = checkout?["token"] as? String
        self.bytes = request.body.count / count
    }

    /// Reads both forms of the timestamps by Foundation, unlike the generator that wrote them.
    static func millis(_ text: String) -> Int64 {
        let hasFraction = text.contains(".")
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction)
        let plain = text.replacingOccurrences(of: "+0000", with: "Z")
        guard let date = try? style.parse(plain) else { return -1 }  // -1 is never a planned time
        return Int64((date.timeIntervalSince1970 * 1000).rounded())
    }
}

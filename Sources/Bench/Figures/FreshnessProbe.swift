internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Posts events of a shop of its own, one at a time, and asks until each is counted.
struct FreshnessProbe {
    let base: String
    let shop: Rig.Shop
    let key: String
    private var counted = 0

    /// Between two probes, so that they meet all phases of batches and checkpoints.
    private static let pauseMillis = 40
    private static let askInterval = Duration.milliseconds(2)
    private static let visibleMax = Duration.seconds(30)
    /// Expected of a probe with its pause.
    private static let probeMillis = 120

    init(base: String, shop: Rig.Shop, key: String) {
        self.base = base
        self.shop = shop
        self.key = key
    }

    /// How long a background load must go on to cover so many probes.
    static func seconds(for probes: Int) -> Int { max(4, probes * probeMillis / 1000) }

    /// Milliseconds of each probe. Ends early when the background load would.
    mutating func run(_ probes: Int) async throws -> [Double] {
        let end = ContinuousClock.now + .seconds(Self.seconds(for: probes) - 1)
        try await Task.sleep(for: .milliseconds(500))
        var millis: [Double] = []
        while millis.count < probes, ContinuousClock.now < end {
            millis.append(try await once())
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...2 * Self.pauseMillis)))
        }
        return millis
    }

    private mutating func once() async throws -> Double {
        let start = ContinuousClock.now
        let now = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let event = """
            {"id":"\(UUID().uuidString)","name":"page_viewed","type":"standard","clientId":"\(UUID().uuidString)",\
            "timestamp":"\(now)","seq":0,"data":{},"context":{"document":{"location":{"href":"https://www.bench.example/"}}}}
            """
        try await post("/v1/pixel/\(shop.account_id)", event, status: 202)
        counted += 1
        while try await visible() < counted {
            guard ContinuousClock.now - start < Self.visibleMax else {
                throw BenchError("a probe did not become visible")
            }
            try await Task.sleep(for: Self.askInterval)
        }
        return (ContinuousClock.now - start).seconds * 1000
    }

    private func visible() async throws -> Int {
        struct Answer: Decodable { let totals: [Int] }
        let query = #"{"shop":"\#(shop.shop)","metrics":["events"],"date_range":"7d","bots":"include"}"#
        let body = try await post("/api/analytics/query", query, status: 200)
        return try JSONDecoder().decode(Answer.self, from: body).totals.first ?? 0
    }

    @discardableResult
    private func post(_ path: String, _ body: String, status: UInt) async throws -> Data {
        let answer = try await BenchClient.post(base + path, key: key, body)
        guard answer.status == status else {
            throw BenchError("\(path) answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        return answer.body
    }
}

/// One HTTP exchange.
enum BenchClient {
    private static let answerMax = 16 << 20

    static func post(_ url: String, key: String, _ body: String) async throws -> (status: UInt, body: Data) {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let answer = try await response.body.collect(upTo: answerMax)
        return (response.status.code, Data(answer.readableBytesView))
    }
}

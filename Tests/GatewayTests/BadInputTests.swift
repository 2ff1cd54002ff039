import EventModel
import Foundation
import Gateway
import Testing

@Suite struct BadInputTests {
    static let path = "/v1/pixel/\(Harness.account)"

    static func chunked(_ body: [UInt8], headers: String = "") -> [UInt8] {
        let head = "POST \(path) HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\(headers)\r\n"
        var bytes = Array(head.utf8)
        for start in stride(from: 0, to: body.count, by: 50_000) {
            let part = body[start..<min(start + 50_000, body.count)]
            bytes += Array("\(String(part.count, radix: 16))\r\n".utf8) + part + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    /// Bodies that are refused as a whole, with the status.
    static let bodies: [(String, [UInt8], Int)] = [
        ("empty", [], 400), ("no JSON", Array("{".utf8), 400), ("truncated", Array(event().utf8.dropLast(3)), 400),
        ("two values", Array("{} {}".utf8), 400), ("scalar", Array("7".utf8), 400),
        ("byte order mark", [0xEF, 0xBB, 0xBF] + Array(event().utf8), 400),
        ("not UTF-8", Array(#"{"id":"a","name":"\#u{1}"#.utf8.dropLast()) + [0xFF, 0x22, 0x7D], 400),
        ("deep", Array((String(repeating: "[", count: 100_000)).utf8), 400),
        ("many", Array(("[" + Array(repeating: event(), count: 501).joined(separator: ",") + "]").utf8), 413),
        ("large", Array(("[" + String(repeating: " ", count: 1 << 20) + "]").utf8), 413),
    ]

    @Test(arguments: bodies.indices, [false, true]) func `bodies that are refused`(index: Int, isChunked: Bool)
        async throws
    {
        let (name, body, status) = Self.bodies[index]
        try await Harness.run { harness in
            let request = isChunked ? Self.chunked(body) : RawClient.request("POST", Self.path, body: body)
            let answer = try await harness.client.exchange([request])[0]
            #expect(answer.status == status, "\(name): \(answer.body)")
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.headers["access-control-allow-origin"] == "*")
            let stored = try harness.sink.events()
            #expect(stored.isEmpty)
        }
    }

    @Test func `too many levels have a reason of their own`() async throws {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        try await Harness.run { harness in
            let pixel = try await harness.pixel(event(more: ",\"x\":\(deep)"))
            #expect(pixel.status == 400 && pixel.body.contains("urn:footfall:problem:too-deep"))
            let widget = try await harness.client.post("/apps/mattressai/session/start", "{\"x\":\(deep)}")
            #expect(widget.status == 400 && widget.body.contains("urn:footfall:problem:too-deep"))
            #expect(harness.gateway.metrics.snapshot().refused == [.tooDeep: 2])
        }
    }

    @Test func `of duplicate keys the last counts`() async throws {
        try await Harness.run { harness in
            let answer = try await harness.pixel(#"{"id":"a","name":"x","id":"b","name":"page_viewed","n":"\u0000"}"#)
            #expect(answer.status == 202)
            let stored = try harness.sink.events()
            #expect(stored.map(\.record.name) == ["page_viewed"])
            #expect(stored[0].payload.contains(#"\u0000"#))
        }
    }

    @Test func `an event of more than 256 KiB is refused alone`() async throws {
        try await Harness.run { harness in
            let large = event(id: "large", more: #","x":"\#(String(repeating: "x", count: 256 << 10))""#)
            let answer = try await harness.pixel("[\(event(id: "small")),\(large)]")
            let results = try PixelTests.results(answer)
            #expect(results.map(\.reason) == [nil, "too_large"])
        }
    }

    @Test func `bodies may be compressed with gzip, within the opened size`() async throws {
        let plain = try Self.gzip(Array(event(id: "z").utf8))
        let bomb = try Self.gzip([UInt8](repeating: 0x20, count: 8 << 20))
        try await Harness.run { harness in
            func send(_ body: [UInt8], _ encoding: String) async throws -> Int {
                let request = RawClient.request("POST", Self.path, headers: ["content-encoding": encoding], body: body)
                return try await harness.client.exchange([request])[0].status
            }
            #expect(try await send(plain, "X-Gzip") == 202)
            let statuses = try await [
                send(plain, "gzip"), send(bomb, "gzip"), send(Array(plain.dropLast(12)), "gzip"),
                send(Array(event().utf8), "gzip"), send(plain, "br"), send(Array(event(id: "i").utf8), "identity"),
            ]
            #expect(statuses == [202, 413, 400, 400, 415, 202])
            // The connection goes on after a compressed body.
            let twice = RawClient.request("POST", Self.path, headers: ["content-encoding": "gzip"], body: plain)
            let answers = try await harness.client.exchange(
                [twice + twice + Self.chunked(plain, headers: "content-encoding: gzip\r\n") + twice], answers: 4)
            #expect(answers.map(\.status) == [202, 202, 202, 202])
        }
    }

    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // A file left behind does no harm.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-c", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd()
        return [UInt8](try #require(output))
    }

    @Test func `slow requests are ended, whichever way they are read`() async throws {
        let configuration = Harness.configuration { $0.limits.requestMillisMax = 200 }
        try await Harness.run(configuration) { harness in
            let head = "POST \(Self.path) HTTP/1.1\r\nhost: x\r\n"
            for text in [head, head + "content-length: 10\r\n\r\n{", head + "transfer-encoding: chunked\r\n\r\n1\r\n"] {
                let (answers, _) = try await harness.client.talk([Array(text.utf8)], answers: 1)
                #expect(answers.map(\.status) == [408])
            }
            let late = try await harness.client.talk([Array("PATCH / HTTP/1.0\r\nx".utf8)], answers: 1)
            #expect(late.responses.isEmpty)
            let stored = try harness.sink.events()
            #expect(stored.isEmpty)
        }
    }

    @Test func `a connection that ends within a body leaves nothing`() async throws {
        try await Harness.run { harness in
            let request = RawClient.request("POST", Self.path, body: Array(event().utf8))
            let (answers, _) = try await harness.client.talk(
                [Array(request.dropLast(5))], answers: 1, closesInput: true)
            #expect(answers.isEmpty)
            let whole = try await harness.client.talk([request], answers: 1, closesInput: true)
            #expect(whole.responses.map(\.status) == [202])
            #expect(harness.gateway.metrics.snapshot().receivingBytes == 0)
        }
    }

    @Test func `preflights, other methods and heads`() async throws {
        try await Harness.run { harness in
            let preflight = try await harness.client.send("OPTIONS", Self.path, headers: ["origin": "null"])
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-methods"] == "POST, OPTIONS")
            #expect(preflight.headers["access-control-allow-headers"] == "content-type, authorization")
            #expect(preflight.headers["access-control-max-age"] == "86400")
            #expect(preflight.headers["access-control-allow-origin"] == "*")
            let get = try await harness.client.send("GET", Self.path)
            #expect(get.status == 405)
            let head = try await harness.client.send("HEAD", Self.path)
            #expect(head.status == 405)
            let nowhere = try await harness.client.send("GET", "/nowhere")
            #expect(nowhere.status == 404)
            let long = String(repeating: "x", count: 40 << 10)
            let large = try await harness.client.send("GET", "/", headers: ["x": long])
            #expect(large.status == 431)
            let expecting = RawClient.request(
                "POST", Self.path, headers: ["expect": "100-continue"], body: Array(event().utf8))
            let answer = try await harness.client.exchange([expecting])[0]
            #expect(answer.status == 202)
        }
    }

    @Test func `stores that are away are 503 and nothing is remembered`() async throws {
        try await Harness.run { harness in
            harness.sink.answer(.unavailable(retryAfterSeconds: 7))
            let answer = try await harness.pixel(event())
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "7")
            #expect(answer.headers["access-control-allow-origin"] == "*")
            harness.sink.answer(.durable)
            let again = try await harness.pixel(event(), query: "?verbose=1")
            let results = try PixelTests.results(again)
            #expect(results.map(\.status) == ["accepted"])
            let snapshot = harness.gateway.metrics.snapshot()
            #expect(snapshot.received == snapshot.accepted + snapshot.refused.values.reduce(0, +))
            #expect(snapshot.inFlight == 0)
        }
    }

    @Test func `rates are limited by shop and by forwarded address`() async throws {
        let configuration = Harness.configuration {
            $0.limits.addressRate = RateLimit(perSecond: 1, burst: 2)
            $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressRange($0) }
        }
        try await Harness.run(configuration) { harness in
            func send(_ address: String) async throws -> RawClient.Response {
                try await harness.pixel(
                    event(), headers: ["x-forwarded-for": "9.9.9.9, \(address)", "cf-ipcountry": "DE"])
            }
            var statuses: [Int] = []
            for address in ["1.2.3.4", "1.2.3.4", "1.2.3.4", "1.2.3.5"] {
                statuses.append(try await send(address).status)
            }
            #expect(statuses == [202, 202, 429, 202])
            let refused = try await send("1.2.3.4")
            #expect(refused.headers["retry-after"] == "1")
            #expect(refused.headers["ratelimit"] == "\"address\";r=0;t=2")
            harness.clock.advance(1_000)
            let again = try await send("1.2.3.4")
            #expect(again.status == 202)
            let countries = try harness.sink.events().map(\.record.header.country.text)
            #expect(countries.allSatisfy { $0 == "DE" })
        }
    }
}

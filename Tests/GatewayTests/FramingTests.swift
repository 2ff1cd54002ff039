import EventModel
import Gateway
import Testing

/// Both ways of reading agree: the same bytes get the same answers from the reader of plain requests and from the
/// codec.
@Suite struct FramingTests {
    static func pixel(_ id: String, _ headers: [String: String] = [:]) -> [UInt8] {
        RawClient.request("POST", BadInputTests.path, headers: headers, body: Array(event(id: id).utf8))
    }

    @Test func `pipelined requests of all kinds are answered in order`() async throws {
        try await Harness.run { harness in
            var bytes: [UInt8] = []
            var expected: [Int] = []
            for round in 0..<10 {
                bytes += Self.pixel("p\(round)") + RawClient.request("GET", "/nowhere", body: nil)
                bytes += RawClient.request("OPTIONS", BadInputTests.path, body: nil) + Self.pixel("q\(round)")
                bytes += RawClient.request("POST", "/elsewhere", body: Array("GET / HTTP/1.1\r\n\r\n".utf8))
                bytes += Self.pixel("r\(round)") + Self.pixel("s\(round)")
                expected += [202, 404, 204, 202, 404, 202, 202]
            }
            let answers = try await harness.client.exchange([bytes], answers: expected.count)
            #expect(answers.map(\.status) == expected)
            let stored = try harness.sink.events()
            #expect(stored.count == 40)
            // The same in small pieces, and behind a request that only the codec can frame.
            let pieces = stride(from: 0, to: bytes.count, by: 997).map { Array(bytes[$0..<min($0 + 997, bytes.count)]) }
            let again = try await harness.client.exchange(pieces, answers: expected.count)
            #expect(again.map(\.status) == expected)
            let codec = try await harness.client.exchange(
                [BadInputTests.chunked(Array(event(id: "c").utf8)) + bytes], answers: expected.count + 1)
            #expect(codec.map(\.status) == [202] + expected)
        }
    }

    @Test func `what follows a request after which the connection closes is no request`() async throws {
        try await Harness.run { harness in
            // The first request waits for its flush while the others are read.
            let last = Self.pixel("b", ["connection": "close"])
            let closing = try await harness.client.talk([Self.pixel("a") + last + Self.pixel("c")], answers: .max)
            #expect(closing.responses.map(\.status) == [202, 202] && closing.rest.isEmpty)
            let stored = try harness.sink.events()
            #expect(stored.count == 2)
        }
    }

    @Test func `the body of a refused request is no request`() async throws {
        try await Harness.run { harness in
            harness.sink.hold()
            let refused = ReceivingTests.head(BadInputTests.path, length: 2 << 20)
            async let talk = harness.client.talk(
                [Self.pixel("a") + refused, Self.pixel("b"), Self.pixel("c")], answers: .max)
            // The first event is on its way to the store, and what came behind it is counted where it was read.
            while harness.gateway.metrics.snapshot().refused[.tooLarge] == nil { await Task.yield() }
            harness.sink.release()
            let answers = try await talk
            #expect(answers.responses.map(\.status) == [202, 413] && answers.rest.isEmpty)
            let stored = try harness.sink.events()
            #expect(stored.count == 1)
        }
    }

    @Test func `what follows somebody else's last request is no request`() async throws {
        try await Harness.run(rest: .onDemand(Behind.add)) { harness in
            let last = RawClient.request("GET", "/behind", headers: ["connection": "close"], body: nil)
            for first in [Self.pixel("a"), BadInputTests.chunked(Array(event(id: "b").utf8))] {
                let answers = try await harness.client.talk([first + last + Self.pixel("c")], answers: .max)
                #expect(answers.responses.map(\.status) == [202, 200] && answers.rest.isEmpty)
            }
            let stored = try harness.sink.events()
            #expect(stored.count == 2)
        }
    }

    @Test(arguments: ["http://gateway.test", "HTTPS://gateway.test:8443", "http://127.0.0.1:1"])
    func `whole addresses mean their paths`(origin: String) async throws {
        try await Harness.run { harness in
            let targets = [
                (BadInputTests.path + "?verbose=1", 202), ("/v1/pixel/acct_missing", 404), ("/webhooks", 401),
                ("", 404), ("?/webhooks", 404), ("/elsewhere", 404),
            ]
            for (target, status) in targets {
                let answer = try await harness.client.post(origin + target, event(id: origin))
                #expect(answer.status == status, "\(target)")
            }
            let other = try await harness.client.post("ftp://gateway.test" + BadInputTests.path, event())
            #expect(other.status == 404)
            let stored = try harness.sink.events()
            #expect(stored.count == 1)
        }
    }

    /// Bytes that some parsers read differently from others.
    static let tricks = [
        "\r\n", "\n", "\r", " ", "\t", ":", "content-length: 3\r\n", "Content-Length: 0\r\n", "content-length : 5\r\n",
        "content-length:+5\r\n", "content-length: 5, 5\r\n", "transfer-encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\n", "transfer-encoding : chunked\r\n", "x: y\r\n z\r\n", "connection: close\r\n",
        "connection: keep-alive, x\r\n", "expect: nothing\r\n", "HTTP/1.0", "HTTP/1.1", "\0", "0\r\n\r\n", "5\r\n",
        "%20", "?",
        "#", "POST ", "\u{7F}", "é", "content-type: application/xml\r\n", "upgrade: h2c\r\n", "x:\r\n", "a@b: c\r\n",
    ].map { Array($0.utf8) }

    @Test func `mutated requests get the same answers both ways`() async throws {
        let configuration = Harness.configuration { $0.limits.requestMillisMax = 150 }
        try await Harness.run(configuration) { harness in
            var random = SplitMix(state: 20261121)
            for round in 0..<Self.rounds {
                let bytes = Self.mutated(&random) + Self.pixel("end", ["connection": "close"])
                let plain = try await Self.statuses(harness, Self.pixel("first") + bytes, &random)
                let codec = try await Self.statuses(
                    harness, BadInputTests.chunked(Array(event(id: "first").utf8)) + bytes, &random)
                #expect(plain == codec, "round \(round): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            }
        }
    }

    /// Each is two connections, some of which end by the deadline.
    static let rounds = 120

    static func mutated(_ random: inout SplitMix) -> [UInt8] {
        var bytes = pixel("a") + (Bool.random(using: &random) ? pixel("b", ["x": "y"]) : [])
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end =
                Int.random(in: 0..<4, using: &random) == 0
                ? min(place + Int.random(in: 1...4, using: &random), bytes.count) : place
            // Most mutations of use stand at the beginning of a header line.
            let lines = bytes.indices.filter { $0 > 0 && bytes[$0 - 1] == 0x0A }
            let target = Bool.random(using: &random) ? lines.randomElement(using: &random) ?? place : place
            let trick = tricks.randomElement(using: &random) ?? []
            bytes.replaceSubrange(target..<max(target, target == place ? end : target), with: trick)
        }
        return bytes
    }

    /// The statuses until the connection ends. A request that never became whole ends it in one way or another.
    static func statuses(_ harness: Harness, _ bytes: [UInt8], _ random: inout SplitMix) async throws -> [Int] {
        let cut = Int.random(in: 0..<bytes.count, using: &random)
        let (answers, _) = try await harness.client.talk([Array(bytes[..<cut]), Array(bytes[cut...])], answers: .max)
        var statuses = answers.map(\.status)
        if statuses.last == 408 { statuses.removeLast() }
        return statuses
    }
}

/// A small generator with a seed, so that failures come again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

import EventModel
import Gateway
import NIOCore
import NIOHTTP1
import Testing

/// Requests that two servers might read differently are refused, on the gateway's own routes and on those behind it.
@Suite struct StrictHTTPTests {
    /// Lines of a head behind the request line, the body as it is sent, and the status.
    struct Case: Sendable {
        var name: String
        var version = "1.1"
        var lines: String
        var body = ""
        var status: Int?
    }

    static let json = event()
    static let length = "content-length: \(json.utf8.count)\r\n"
    static let chunked = "transfer-encoding: chunked\r\n"
    static let chunks = "\(String(json.utf8.count, radix: 16))\r\n\(json)\r\n0\r\n\r\n"
    static func host(_ value: String, status: Int? = 400) -> Case {
        Case(name: "host \(value)", lines: "host: \(value)\r\n\(length)", body: json, status: status)
    }
    static func coding(_ value: String, status: Int? = 400) -> Case {
        Case(name: value, lines: "host: x\r\ntransfer-encoding: \(value)\r\n", body: chunks, status: status)
    }
    static func body(_ name: String, _ text: String, status: Int? = 400) -> Case {
        Case(name: name, lines: "host: x\r\n\(chunked)", body: text, status: status)
    }

    /// A status of nil is a request in order.
    static let cases: [Case] = [
        host("x", status: nil), host("x.example:8080", status: nil), host("[::1]:80", status: nil),
        host("", status: nil),
        host("x, y"), host("x y"), host("x/y"), host("x@y"), host("x:y"), host("[::1"), host("[x]y"), host("[]"),
        Case(name: "no host", lines: length, body: json, status: 400),
        Case(name: "two hosts", lines: "host: x\r\nHost: x\r\n\(length)", body: json, status: 400),
        Case(name: "1.0 without a host", version: "1.0", lines: length, body: json),
        Case(name: "1.0, two hosts", version: "1.0", lines: "host: x\r\nhost: y\r\n\(length)", body: json, status: 400),
        Case(name: "1.0 in chunks", version: "1.0", lines: "host: x\r\n\(chunked)", body: chunks, status: 400),
        coding("chunked", status: nil), coding("Chunked", status: nil), coding("gzip, chunked", status: 501),
        coding("gzip\r\ntransfer-encoding: chunked", status: 501), coding("identity, chunked", status: 501),
        coding("chunked, gzip"), coding("identity"), coding("gzip"), coding(""), coding("chunked, chunked"),
        coding("chunked\r\ntransfer-encoding: chunked"), coding("xchunked"), coding("chunked;q=1"),
        coding("\u{B}chunked"),
        Case(name: "both lengths", lines: "host: x\r\n\(chunked)content-length: 5\r\n", body: chunks, status: 400),
        Case(name: "both lengths", lines: "host: x\r\ncontent-length: 5\r\n\(chunked)", body: chunks, status: 400),
        Case(name: "space before colon", lines: "host: x\r\nx : y\r\n\(length)", body: json, status: 400),
        Case(name: "folded line", lines: "host: x\r\nx: y\r\n z\r\n\(length)", body: json, status: 400),
        Case(name: "bare LF", lines: "host: x\n\(length)", body: json, status: 400),
        Case(name: "bare CR", lines: "host: x\r\nx: y\rz\r\n\(length)", body: json, status: 400),
        Case(name: "NUL", lines: "host: x\r\nx: y\0z\r\n\(length)", body: json, status: 400),
        Case(name: "two lengths", lines: "host: x\r\n\(length)content-length: 5\r\n", body: json, status: 400),
        Case(name: "negative length", lines: "host: x\r\ncontent-length: -5\r\n", body: json, status: 400),
        Case(name: "no number", lines: "host: x\r\ncontent-length: 0x5\r\n", body: json, status: 400),
        Case(name: "2^64", lines: "host: x\r\ncontent-length: 18446744073709551616\r\n", body: json, status: 400),
        body("huge chunk", "FFFFFFFFFFFFFFFFF\r\n\(json)"), body("negative chunk", "-1\r\n\(json)"),
        body("no size", "\r\n\(json)"), body("0x", "0x5\r\n"), body("LF behind a size", "5\n"),
        body("no end of a chunk", "1\r\n{}\r\n0\r\n\r\n"), body("length behind", "0\r\ncontent-length: 5\r\n\r\n"),
        body("long extension", "5;\(String(repeating: "x", count: 100_000))\r\n"),
        body("long size", "\(String(repeating: "0", count: 100_000))\r\n"),
        body("long trailer", "0\r\nx: \(String(repeating: "x", count: 40_000))\r\n\r\n", status: 431),
    ]

    @Test(arguments: ["/v1/pixel/\(Harness.account)", "/behind"], cases.indices) func `strict heads and chunks`(
        path: String, index: Int
    ) async throws {
        let item = Self.cases[index]
        try await Harness.run(rest: .onDemand(Behind.add)) { harness in
            let request = "POST \(path) HTTP/\(item.version)\r\n\(item.lines)\r\n\(item.body)"
            let (answers, _) = try await harness.client.talk([Array(request.utf8)], answers: 1)
            let expected = item.status ?? (path == "/behind" ? 200 : 202)
            #expect(answers.map(\.status) == [expected], "\(item.name)")
            if item.status != nil || item.version == "1.0" {
                #expect(answers.first?.headers["connection"] == "close", "\(item.name)")
            }
            let stored = try harness.sink.events()
            #expect(stored.count == (expected == 202 ? 1 : 0), "\(item.name)")
        }
    }

    @Test func `a length beyond every number is too large at once`() async throws {
        try await Harness.run { harness in
            for length in ["9223372036854775808", "1000000000000"] {
                let head = "POST \(BadInputTests.path) HTTP/1.1\r\nhost: x\r\ncontent-length: \(length)\r\n\r\n"
                let answer = try await harness.client.exchange([Array(head.utf8)])[0]
                #expect(answer.status == 413)
            }
        }
    }

    /// Values are read many bytes at a time: a bad one has to be seen at every place of them, and a tab let through.
    @Test func `no control character is read past, wherever it stands in a value`() async throws {
        let places = 0..<17
        try await Harness.run { harness in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for place in places {
                    for byte: UInt8 in [0x00, 0x01, 0x0B, 0x1F, 0x7F] {
                        tasks.addTask {
                            let value = Array(repeating: UInt8(ascii: "a"), count: place) + [byte, UInt8(ascii: "b")]
                            let answer = try await harness.client.exchange([Self.request(value)])[0]
                            #expect(answer.status == 400, "\(byte) at \(place)")
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            let tabs = places.flatMap {
                Self.request(Array(repeating: UInt8(ascii: "~"), count: $0) + Array("\t b".utf8))
            }
            let answers = try await harness.client.exchange([tabs], answers: places.count)
            #expect(answers.map(\.status) == places.map { _ in 202 })
        }
    }

    /// One of ours, with a field of this value before the others.
    static func request(_ value: [UInt8]) -> [UInt8] {
        Array("POST \(BadInputTests.path) HTTP/1.1\r\nhost: x\r\nx: ".utf8) + value
            + Array("\r\nuser-agent: Mozilla/5.0\r\n\(length)\r\n\(json)".utf8)
    }

    @Test func `what stands behind the gateway is told to go on, and kept to the time limit`() async throws {
        let configuration = Harness.configuration { $0.limits.requestMillisMax = 200 }
        try await Harness.run(configuration, rest: .onDemand(Behind.add)) { harness in
            let head = "POST /behind HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
            // Nothing but an invitation, then the end of the time.
            let late = try await harness.client.talk([Array(head.utf8)], answers: 1)
            #expect(late.responses.map(\.status) == [408])
            let whole = try await harness.client.exchange([Array((head + "{}").utf8)])[0]
            #expect(whole.status == 200)
        }
    }

    @Test func `a process that takes no events keeps its clients to HTTP all the same`() async throws {
        let configuration = Harness.configuration { $0.takesEvents = false }
        try await Harness.run(configuration, rest: .onDemand(Behind.add)) { harness in
            let answer = try await harness.client.post(BadInputTests.path, event())
            #expect(answer.status == 200)
            let bytes = Array("GET /behind HTTP/1.1\r\n\r\n".utf8)
            let refused = try await harness.client.exchange([bytes])[0]
            #expect(refused.status == 400)
            let stored = try harness.sink.events()
            #expect(stored.isEmpty)
        }
    }

    @Test func `an answer without a length to HTTP 1.0 ends with the connection, not in chunks`() async throws {
        try await Harness.run(rest: .onDemand(Behind.add)) { harness in
            let old = try await harness.client.talk([Array("GET /stream HTTP/1.0\r\n\r\n".utf8)], answers: .max)
            #expect(old.responses.first?.headers["transfer-encoding"] == nil)
            #expect(String(decoding: old.rest, as: UTF8.self) == "part")
            let new = try await harness.client.send("GET", "/stream")
            #expect(new.headers["transfer-encoding"] == "chunked")
        }
    }
}

/// Stands behind the gateway as the API does: answers 200 when a request is complete, `/stream` without a length.
final class Behind: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var head: HTTPRequestHead?

    static let add: @Sendable (any Channel) throws -> Void = { try $0.pipeline.syncOperations.addHandler(Behind()) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let isStream = head?.uri == "/stream"
        let headers: HTTPHeaders = isStream ? [:] : ["content-length": "4"]
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "part")))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if head?.isKeepAlive == false { context.close(mode: .output, promise: nil) }
    }
}

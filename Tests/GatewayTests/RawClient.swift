import NIOCore
import NIOPosix

/// An HTTP client that sends exactly the bytes it is given.
struct RawClient {
    struct Response: Equatable {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    struct Ended: Error {
        let after: [UInt8]
    }

    let port: Int
    static let group = MultiThreadedEventLoopGroup.singleton

    /// Sends the pieces, one write each, and reads `count` answers; fails when the connection ends before.
    func exchange(_ pieces: [[UInt8]], answers count: Int = 1, headAnswers: Set<Int> = []) async throws -> [Response] {
        let (responses, rest) = try await talk(pieces, answers: count, headAnswers: headAnswers)
        if responses.count < count { throw Ended(after: rest) }
        return responses
    }

    /// The same, but what came before the end is fine.
    func talk(
        _ pieces: [[UInt8]], answers count: Int, headAnswers: Set<Int> = [], closesInput: Bool = false
    ) async throws -> (responses: [Response], rest: [UInt8]) {
        let channel = try await ClientBootstrap(group: Self.group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            for piece in pieces {
                // A server that has refused already may have closed.
                do { try await outbound.write(ByteBuffer(bytes: piece)) } catch { break }
            }
            if closesInput { outbound.finish() }
            var parser = ResponseParser(headAnswers: headAnswers)
            do {
                for try await part in inbound {
                    parser.bytes += part.readableBytesView
                    parser.parse()
                    if parser.responses.count >= count { break }
                }
            } catch is IOError {
                // A reset after an early answer; what was read before it counts.
            }
            return (parser.responses, parser.bytes)
        }
    }

    func post(
        _ path: String, _ body: String, headers: [String: String] = ["content-type": "application/json"]
    ) async throws -> Response {
        try await exchange([Self.request("POST", path, headers: headers, body: Array(body.utf8))])[0]
    }

    func send(_ method: String, _ path: String, headers: [String: String] = [:]) async throws -> Response {
        let isHead = method == "HEAD"
        return try await exchange(
            [Self.request(method, path, headers: headers, body: nil)], headAnswers: isHead ? [0] : [])[0]
    }

    static func request(_ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8]?) -> [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nhost: gateway.test\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
        if let body { text += "content-length: \(body.count)\r\n" }
        return Array((text + "\r\n").utf8) + (body ?? [])
    }
}

/// Cuts answers out of a stream of bytes.
struct ResponseParser {
    var bytes: [UInt8] = []
    var responses: [RawClient.Response] = []
    /// Which answers are to HEAD, and have no body whatever their length says.
    let headAnswers: Set<Int>

    mutating func parse() {
        while let response = next() { responses.append(response) }
    }

    private mutating func next() -> RawClient.Response? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4, let end = (0...(bytes.count - 4)).first(where: { Array(bytes[$0..<$0 + 4]) == mark })
        else {
            return nil
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        // Whatever is behind an answer without a length is no answer.
        guard lines[0].hasPrefix("HTTP/") else { return nil }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        if status == 100 {
            bytes.removeFirst(end + 4)
            return next()
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description
        }
        let isHead = headAnswers.contains(responses.count)
        let length = isHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
        guard bytes.count >= end + 4 + length else { return nil }
        let body = String(decoding: bytes[(end + 4)..<(end + 4 + length)], as: UTF8.self)
        bytes.removeFirst(end + 4 + length)
        return RawClient.Response(status: status, headers: headers, body: body)
    }
}

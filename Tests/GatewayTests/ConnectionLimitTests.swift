import EventModel
import Foundation
import Gateway
import Testing

/// Connections that do nothing, very many of them.
@Suite(.serialized) struct ConnectionLimitTests {
    /// Both ends are this process's. What stays is for the other tests that run now.
    private static let descriptorsKept = 4_000
    private static let connectionsMax = 10_000

    /// Open sockets without a client's machinery, which would cost more than the gateway's.
    private struct Idle: ~Copyable {
        private(set) var descriptors: [Int32] = []

        /// Fewer than the listener's queue holds.
        private static let openingMax = 500

        init(_ count: Int, _ harness: Harness, staysOpen: Bool = true) async throws {
            for opened in 1...count {
                descriptors.append(try Self.open(harness.port))
                guard staysOpen, opened.isMultiple(of: Self.openingMax) || opened == count else { continue }
                while harness.gateway.metrics.snapshot().connections < opened { await Task.yield() }
            }
        }

        deinit { for descriptor in descriptors { close(descriptor) } }

        mutating func closeFirst() { close(descriptors.removeFirst()) }

        private static func open(_ port: Int) throws -> Int32 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let status = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if status == 0 { return descriptor }
            close(descriptor)
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    /// Raises what this process may open to what the system allows.
    private static func descriptors() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        return unsafe setrlimit(resource, &limit) == 0 ? Int(clamping: limit.rlim_cur) : 0
    }

    @Test(.timeLimit(.minutes(5))) func `thousands of idle connections keep nobody out`() async throws {
        let count = min(Self.connectionsMax, (Self.descriptors() - Self.descriptorsKept) / 2)
        try #require(count > 1_000, "the system allows too few open files")
        try await Harness.run { harness in
            let idle = try await Idle(count, harness)
            let answers = try await harness.client.exchange(
                [FramingTests.pixel("a") + RawClient.request("GET", "/nowhere", body: nil)], answers: 2)
            #expect(answers.map(\.status) == [202, 404])
            #expect(idle.descriptors.count == count)
        }
    }

    @Test func `above the limit a connection is closed at once`() async throws {
        let configuration = Harness.configuration { $0.limits.connectionsMax = 3 }
        try await Harness.run(configuration) { harness in
            var idle = try await Idle(3, harness)
            let refused = try await harness.client.talk([FramingTests.pixel("a")], answers: 1)
            #expect(refused.responses.isEmpty)
            idle.closeFirst()
            while harness.gateway.metrics.snapshot().connections > 2 { await Task.yield() }
            let answers = try await harness.client.exchange([FramingTests.pixel("b")])
            #expect(answers.map(\.status) == [202])
        }
    }

    @Test(.timeLimit(.minutes(1))) func `where places are scarce those who never send give theirs back`() async throws {
        let configuration = Harness.configuration {
            $0.limits.connectionsMax = 8
            $0.limits.silentMillisMax = 1
        }
        try await Harness.run(configuration) { harness in
            let idle = try await Idle(6, harness, staysOpen: false)
            // Accepted behind them, so all of them were.
            let answers = try await harness.client.exchange([FramingTests.pixel("a")])
            #expect(answers.map(\.status) == [202])
            while harness.gateway.metrics.snapshot().connections > 4 { await Task.yield() }
            #expect(idle.descriptors.count == 6)
        }
    }
}

import DataSubjects
import EventLog
import EventModel
import Redis
import TestSupport
import Testing

@Suite("The buffer as an erasure sees it")
struct ErasureBufferTests {
    @Test("its tail, trimming through a place, and a search of what is left")
    func stream() async throws {
        try await TestStores.shared.withRedis { redis in
            let buffer = RedisEventBuffer(redis) { "s\($0)" }
            #expect(try await buffer.tail(of: 1) == nil)
            let connection = RedisConnection(redis)
            for (id, text) in [("5-1", "anna"), ("5-2", "berta"), ("6-1", "anna and berta")] {
                _ = try connection.command(["XADD", "s1", .text(id), "b", .text(text)])
            }
            #expect(try await buffer.tail(of: 1) == StreamPlace(millis: 6, sequence: 1))
            #expect(try await buffer.count(of: [Array("anna".utf8)], lanes: [0, 1]) == 2)
            try await buffer.trim(1, through: StreamPlace(millis: 5, sequence: 2))
            #expect(try await buffer.count(of: [Array("anna".utf8)], lanes: [0, 1]) == 1)
            #expect(try await buffer.tail(of: 1) == StreamPlace(millis: 6, sequence: 1))
            // Other tests' servers may be rewriting; it is an answer in any case.
            let answer = try await buffer.rewrite()
            #expect([.begun, .busy, .impossible].contains(answer))
        }
    }
}

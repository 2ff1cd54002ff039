import Foundation
import Redis
import Testing

@Suite struct BusySocketTests {
    /// A unix socket refuses a connection that does not fit its queue, at once; TCP would wait. Such a server is busy,
    /// and not away.
    @Test func aServerThatIsBusyIsWaitedForAsLongAsOneThatIsSilent() throws {
        let path = FileManager.default.temporaryDirectory.path + "/footfall-\(UInt32.random(in: 0 ... .max)).sock"
        let listener = try Self.listener(path)
        var queued: [Int32] = []
        defer {
            for descriptor in queued + [listener] { close(descriptor) }
            unsafe unlink(path)
        }
        while let descriptor = Self.connected(path) { queued.append(descriptor) }
        let redis = RedisConnection(RedisConfiguration(url: "unix://\(path)", timeoutMillis: 30))
        let error = #expect(throws: RedisError.self) { try redis.connect() }
        #expect(error?.code == .timeout)
        // As soon as one is taken there is room.
        let taken = accept(listener, nil, nil)
        defer { close(taken) }
        try redis.connect()
        #expect(redis.isConnected)
    }

    private static func listener(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let isBound = unsafe withAddress(path) { unsafe bind(descriptor, $0, $1) == 0 }
        try #require(isBound && listen(descriptor, 0) == 0)
        return descriptor
    }

    /// A connection that waits in the queue; nil where the queue is full.
    private static func connected(_ path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        if unsafe withAddress(path, { unsafe connect(descriptor, $0, $1) == 0 }) { return descriptor }
        close(descriptor)
        return nil
    }

    private static func withAddress<R>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

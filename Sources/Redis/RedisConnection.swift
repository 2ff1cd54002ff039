internal import CHiredis
internal import Glibc

/// One connection with a Redis server. It blocks; one thread at a time may use it.
///
/// It connects at its first use, drops the connection at any error of the wire and connects again at the next use.
/// hiredis connects and parses; commands are written here, because hiredis 0.14 writes without masking SIGPIPE and
/// would end the process when the server has gone.
@safe package final class RedisConnection {
    /// How this connection was made.
    package let configuration: RedisConfiguration
    /// Counts connections made so far.
    package private(set) var generation = 0

    private var context: UnsafeMutablePointer<redisContext>?
    private var commands = CommandBuffer()

    /// Contacts nobody yet.
    package init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
    }

    deinit {
        if let context = unsafe context { unsafe redisFree(context) }
    }

    /// True while there is a connection that has not failed.
    package var isConnected: Bool { unsafe context != nil }

    /// Ends the connection; the next use makes a new one.
    package func close() {
        guard let context = unsafe context else { return }
        unsafe redisFree(context)
        unsafe self.context = nil
    }

    /// Makes a connection unless there is one: with authentication and the database of the URL.
    package func connect() throws(RedisError) {
        if unsafe context != nil { return }
        let address = try RedisAddress(url: configuration.url)
        unsafe context = try open(address.endpoint)
        generation += 1
        do {
            for reply in try exchange(Self.greeting(address)) { _ = try reply.get() }
        } catch {
            close()
            throw error
        }
    }

    /// Runs one command; an error reply is thrown.
    package func command(_ arguments: [RedisArgument]) throws(RedisError) -> RedisReply {
        let replies = try pipeline([arguments])
        guard let reply = replies.first else { throw RedisError(.protocolViolation, "no reply") }
        return try reply.get()
    }

    /// Runs all commands with one write and returns their replies in order; an error reply is a value here.
    ///
    /// When it throws, any number of the commands may have run.
    package func pipeline(_ commands: [[RedisArgument]]) throws(RedisError) -> [RedisReply] {
        try connect()
        return try exchange(commands)
    }

    private func exchange(_ all: [[RedisArgument]]) throws(RedisError) -> [RedisReply] {
        guard !all.isEmpty else { return [] }
        defer { commands.clear() }
        for command in all {
            guard !command.isEmpty else { throw RedisError(.usage, "an empty command") }
            commands.append(command)
        }
        try send()
        var replies: [RedisReply] = []
        replies.reserveCapacity(all.count)
        for _ in all { replies.append(try receive()) }
        return replies
    }

    private static func greeting(_ address: RedisAddress) -> [[RedisArgument]] {
        var commands: [[RedisArgument]] = []
        if let password = address.password {
            commands.append(["AUTH"] + (address.user.map { [.text($0)] } ?? []) + [.text(password)])
        }
        if address.database != 0 { commands.append(["SELECT", .integer(Int64(address.database))]) }
        return commands
    }
}

extension RedisConnection {
    private func open(_ endpoint: RedisAddress.Endpoint) throws(RedisError) -> UnsafeMutablePointer<redisContext> {
        let limit = timeval(
            tv_sec: configuration.timeoutMillis / 1000, tv_usec: configuration.timeoutMillis % 1000 * 1000)
        let made =
            switch endpoint {
            case .unix(let path): unsafe try openUnix(path, limit)
            case .tcp(let host, let port): unsafe redisConnectWithTimeout(host, port, limit)
            }
        guard let made = unsafe made else { throw RedisError(.connection, "hiredis is out of memory") }
        guard unsafe made.pointee.err == 0, unsafe redisSetTimeout(made, limit) == REDIS_OK else {
            let message = unsafe Self.message(made)
            unsafe redisFree(made)
            throw RedisError(.connection, message)
        }
        // hiredis opens sockets that programs we start would inherit.
        _ = unsafe fcntl(made.pointee.fd, F_SETFD, FD_CLOEXEC)
        // Dead peers are noticed also while nothing is asked; unix sockets refuse the option, which is no harm.
        if case .tcp = endpoint { _ = unsafe redisEnableKeepAlive(made) }
        return unsafe made
    }

    /// A unix socket whose queue is full refuses at once, where TCP waits: a busy server is not one that is away.
    private func openUnix(_ path: String, _ limit: timeval) throws(RedisError) -> UnsafeMutablePointer<redisContext>? {
        let deadline = ContinuousClock.now + .milliseconds(configuration.timeoutMillis)
        while true {
            guard let made = unsafe redisConnectUnixWithTimeout(path, limit) else { return nil }
            guard unsafe made.pointee.err == REDIS_ERR_IO, errno == EAGAIN else { return unsafe made }
            unsafe redisFree(made)
            guard ContinuousClock.now < deadline else { throw RedisError(.timeout, "the server takes no connections") }
            usleep(Self.retryMicroseconds)
        }
    }

    /// Between two tries at a full queue.
    private static let retryMicroseconds: UInt32 = 1000

    /// Writes the command buffer whole.
    private func send() throws(RedisError) {
        guard let context = unsafe context else { throw RedisError(.connection, "no connection") }
        let socket = unsafe context.pointee.fd
        let failure: Int32 = unsafe commands.bytes.withUnsafeBytes { buffer in
            var rest = unsafe buffer[...]
            while unsafe !rest.isEmpty {
                let part = unsafe UnsafeRawBufferPointer(rebasing: rest)
                let sent = unsafe Glibc.send(socket, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
                if sent > 0 {
                    unsafe rest = rest.dropFirst(sent)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard failure != 0 else { return }
        close()
        if failure == EAGAIN { throw RedisError(.timeout, "the server takes no bytes") }
        throw unsafe RedisError(.connection, String(cString: strerror(failure)))
    }

    private func receive() throws(RedisError) -> RedisReply {
        guard let context = unsafe context else { throw RedisError(.connection, "no connection") }
        var raw: UnsafeMutableRawPointer?
        let status = unsafe redisGetReply(context, &raw)
        let failure = errno
        guard status == REDIS_OK, let reply = unsafe raw else { throw unsafe broken(context, failure) }
        defer { unsafe freeReplyObject(reply) }
        return unsafe RedisReply(copying: reply.assumingMemoryBound(to: redisReply.self))
    }

    /// Drops the connection and says why.
    private func broken(_ context: UnsafeMutablePointer<redisContext>, _ failure: Int32) -> RedisError {
        let isTimeout = unsafe context.pointee.err == REDIS_ERR_IO && failure == EAGAIN
        let isProtocol = unsafe context.pointee.err == REDIS_ERR_PROTOCOL
        let message = unsafe Self.message(context)
        close()
        if isTimeout { return RedisError(.timeout, "no reply within \(configuration.timeoutMillis) ms") }
        return RedisError(isProtocol ? .protocolViolation : .connection, message)
    }

    /// C text up to its first zero.
    private static func message(_ context: UnsafeMutablePointer<redisContext>) -> String {
        unsafe withUnsafeBytes(of: context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

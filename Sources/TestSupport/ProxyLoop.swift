internal import Glibc

/// Passes bytes on between clients and a server until its pipe is closed: one thread for all connections, as tests have
/// few. A peer that does not read holds all of them up.
final class ProxyLoop: Sendable {
    private struct Link {
        let client: Int32
        let server: Int32
        var tail: [UInt8] = []
        var isMuted = false
    }

    private static let chunkBytes = 1 << 16
    /// As long as any text that is looked for.
    private static let tailBytes = 16

    private let listener: Int32
    private let end: Int32
    private let target: String
    private let knife: Knife

    init(listener: Int32, end: Int32, target: String, knife: Knife) {
        (self.listener, self.end, self.target, self.knife) = (listener, end, target, knife)
    }

    /// Blocks until the pipe's other end is closed; closes everything.
    func run() {
        var links: [Link] = []
        while true {
            let watched = [end, listener] + links.flatMap { [$0.client, $0.server] }
            var polled = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = unsafe poll(&polled, nfds_t(polled.count), -1)
            if polled[0].revents != 0 { break }
            var kept: [Link] = []
            for (index, link) in links.enumerated() {
                let isAsked = polled[2 + 2 * index].revents != 0
                let isAnswered = polled[3 + 2 * index].revents != 0
                if let link = serve(link, isAsked: isAsked, isAnswered: isAnswered) {
                    kept.append(link)
                } else {
                    close(link)
                }
            }
            links = kept
            if polled[1].revents != 0, let link = open() { links.append(link) }
        }
        links.forEach { close($0) }
        Glibc.close(listener)
        Glibc.close(end)
    }

    private func open() -> Link? {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return nil }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard let server = try? UnixSocket.connect(target) else {  // the store is away: so is the client's
            Glibc.close(client)
            return nil
        }
        return Link(client: client, server: server)
    }

    private func close(_ link: Link) {
        Glibc.close(link.client)
        Glibc.close(link.server)
    }

    /// Nil where the connection has ended or is cut.
    private func serve(_ link: Link, isAsked: Bool, isAnswered: Bool) -> Link? {
        var link = link
        if isAnswered {
            guard let bytes = UnixSocket.read(link.server, max: Self.chunkBytes), !link.isMuted else { return nil }
            guard pass(bytes, to: link.client, knife.reply(bytes[...])) else { return nil }
        }
        if isAsked {
            guard let bytes = UnixSocket.read(link.client, max: Self.chunkBytes) else { return nil }
            let verdict = knife.request(bytes[...], after: link.tail)
            link.tail = (link.tail + bytes).suffix(Self.tailBytes)
            if case .swallowReply = verdict { link.isMuted = true }
            guard pass(bytes, to: link.server, verdict) else { return nil }
        }
        return link
    }

    /// False where the connection is to end.
    private func pass(_ bytes: [UInt8], to socket: Int32, _ verdict: Knife.Verdict) -> Bool {
        guard case .cut(let count) = verdict else { return UnixSocket.write(bytes[...], to: socket) }
        _ = UnixSocket.write(bytes.prefix(count), to: socket)
        return false
    }
}

/// The few calls of unix sockets that a proxy needs. Blocking.
enum UnixSocket {
    /// What the system said.
    struct Failure: Error { let number: Int32 }

    private static let backlog: Int32 = 256
    /// A server that has gone must not end the process.
    private static let noSignal = Int32(MSG_NOSIGNAL)

    static func listen(_ path: String) throws(Failure) -> Int32 {
        let descriptor = try make()
        guard unsafe withAddress(path, { unsafe bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, backlog) == 0
        else { throw failure(closing: descriptor) }
        return descriptor
    }

    static func connect(_ path: String) throws(Failure) -> Int32 {
        let descriptor = try make()
        guard unsafe withAddress(path, { unsafe Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw failure(closing: descriptor)
        }
        return descriptor
    }

    /// Nil at the end, and after an error.
    static func read(_ descriptor: Int32, max: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: max)
        let count = unsafe recv(descriptor, &bytes, max, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    /// False after an error.
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, noSignal)
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func make() throws(Failure) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        return descriptor
    }

    private static func failure(closing descriptor: Int32) -> Failure {
        let number = errno
        close(descriptor)
        return Failure(number: number)
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
            unsafe place.copyBytes(from: path.utf8.prefix(place.count - 1))
        }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

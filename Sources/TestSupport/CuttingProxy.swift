internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// What becomes of a connection behind a `CuttingProxy`; happens once.
package enum Cut: Sendable, CustomStringConvertible {
    /// After so many more bytes of requests, over all connections: the rest of the frame never arrives.
    case afterRequestBytes(Int)
    /// After so many more bytes of replies, over all connections.
    case afterReplyBytes(Int)
    /// The next request that holds this text is worked off, and its reply does not arrive.
    case replyTo(String)

    /// The end of a transaction in Postgres: the statement alone, with the zero byte that ends it.
    package static let commit = Cut.replyTo("COMMIT\0")

    /// For people.
    package var description: String {
        switch self {
        case .afterRequestBytes(let count): "cut after \(count) bytes of requests"
        case .afterReplyBytes(let count): "cut after \(count) bytes of replies"
        case .replyTo(let text): "the reply to \(text.filter { $0 != "\0" }) swallowed"
        }
    }
}

/// Stands before a store's unix socket and cuts connections at a chosen byte or reply. Ends with the object.
package final class CuttingProxy: Sendable {
    /// The store's URL with the proxy's socket in it.
    package let url: String
    private let folder: String
    private let knife = Knife()
    /// The loop ends when this end of its pipe is closed.
    private let end: Int32

    /// Stands before a Postgres: a URL as `StoreAddresses` has it.
    package convenience init(postgres url: String) throws {
        let host = String(url.split(separator: "host=", maxSplits: 1).last?.prefix { $0 != "&" } ?? "")
        try self.init(url, replacing: host, target: host + "/.s.PGSQL.5432")
    }

    /// Stands before a Redis: a URL as `StoreAddresses` has it.
    package convenience init(redis url: String) throws {
        let path = String(url.dropFirst("unix://".count).prefix { $0 != "?" })
        let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)
        try self.init(url, replacing: String(folder), target: path)
    }

    private init(_ url: String, replacing folder: String, target: String) throws {
        self.folder = FileManager.default.temporaryDirectory.path + "/footfall-cut-\(UInt32.random(in: 0 ... .max))"
        self.url = url.replacing(folder, with: self.folder)
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: false)
        let listener = try UnixSocket.listen(self.folder + target.dropFirst(folder.count))
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw UnixSocket.Failure(number: errno) }
        // A program that is started meanwhile must not keep the loop alive.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        end = ends[1]
        let loop = ProxyLoop(listener: listener, end: ends[0], target: target, knife: knife)
        DispatchQueue(label: "footfall.cut").async { loop.run() }
    }

    deinit {
        close(end)
        finish()
    }

    /// Takes no more connections, for a process that may end before the object does.
    package func finish() {
        try? FileManager.default.removeItem(atPath: folder)  // done already, and a leftover folder harms nobody
    }

    /// The next cut; takes the place of one that has not happened. Nil: none.
    package func arm(_ cut: Cut?) { knife.arm(cut) }

    /// How many cuts have happened.
    package var cutCount: Int { knife.count }
}

/// Decides where to cut.
final class Knife: Sendable {
    /// What to do with bytes that came.
    enum Verdict {
        case pass
        /// Pass on so many, then cut both ways.
        case cut(after: Int)
        /// Pass on, wait for the reply, and cut instead of passing it on.
        case swallowReply
    }

    private let state = Mutex<(armed: Cut?, count: Int)>((nil, 0))

    var count: Int { state.withLock { $0.count } }

    func arm(_ cut: Cut?) { state.withLock { $0.armed = cut } }

    /// `tail` are the last bytes of what this connection sent before.
    func request(_ bytes: ArraySlice<UInt8>, after tail: [UInt8]) -> Verdict {
        state.withLock { state in
            switch state.armed {
            case .afterRequestBytes(let left):
                if left >= bytes.count {
                    state.armed = .afterRequestBytes(left - bytes.count)
                    return .pass
                }
                state = (nil, state.count + 1)
                return .cut(after: left)
            case .replyTo(let text):
                // So much of what came before that the text cannot lie in it alone.
                let before = tail.suffix(text.utf8.count - 1)
                guard (before + bytes).contains(Array(text.utf8)) else { return .pass }
                state = (nil, state.count + 1)
                return .swallowReply
            case .afterReplyBytes, nil: return .pass
            }
        }
    }

    func reply(_ bytes: ArraySlice<UInt8>) -> Verdict {
        state.withLock { state in
            guard case .afterReplyBytes(let left) = state.armed else { return .pass }
            if left >= bytes.count {
                state.armed = .afterReplyBytes(left - bytes.count)
                return .pass
            }
            state = (nil, state.count + 1)
            return .cut(after: left)
        }
    }
}

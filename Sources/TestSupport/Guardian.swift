internal import FoundationEssentials
internal import Glibc
internal import PrivateStores

/// A small process that ends the stores of a folder and removes it when this process ends, also by SIGKILL.
///
/// It waits at a pipe whose other end only we hold: the system closes it however we end.
struct Guardian: Sendable {
    private static let script = """
        cat >/dev/null
        postgres=$(head -n 1 "$1/postgres/data/postmaster.pid" 2>/dev/null)
        redis=$(cat "$1/redis/redis.pid" 2>/dev/null)
        [ -n "$postgres" ] && kill -QUIT "$postgres" 2>/dev/null
        [ -n "$redis" ] && kill -KILL "$redis" 2>/dev/null
        tries=0
        while [ $tries -lt 100 ] && kill -0 $postgres $redis 2>/dev/null; do
            tries=$((tries + 1))
            sleep 0.05
        done
        rm -rf "$1"
        """

    private let process: ChildProcess
    private let pipeEnd: Int32

    init(of folder: String) throws {
        let ends = try ChildProcess.pipe()
        defer { close(ends.reading) }
        process = try ChildProcess.start(["/bin/sh", "-c", Self.script, "guardian", folder], readingFrom: ends.reading)
        pipeEnd = ends.writing
    }

    /// Lets it clean up now, and waits for that.
    func finish() {
        close(pipeEnd)
        _ = process.awaitExit(.seconds(10))
    }
}

/// A new folder that this process may fill; the guardian removes it.
struct TemporaryFolder {
    let path: String

    init() throws {
        let name = "footfall-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        path = FileManager.default.temporaryDirectory.path + "/" + name
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o711])
    }
}

internal import FoundationEssentials
internal import Glibc

/// Files that are whole or not there, whatever ends the process or the machine. Blocking.
package enum DurableFile {
    /// A file or folder cannot be written as asked.
    package struct Failure: Error, CustomStringConvertible {
        /// The path and what the system says.
        package let description: String
    }

    /// Puts a file in its place at once, readable by its owner only: written beside it, synced, and moved there.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
        let fresh = path + ".new"
        guard
            FileManager.default.createFile(
                atPath: fresh, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
        else { throw failure(fresh) }
        try sync(fresh)
        try move(fresh, to: path)
    }

    /// Moves a file or folder whose content is synced, and syncs the folder it is then in.
    package static func move(_ path: String, to target: String) throws(Failure) {
        guard unsafe rename(path, target) == 0 else { throw failure(target) }
        try sync(folder(of: target))
    }

    /// Returns when what was written to a file or folder is on the disk.
    package static func sync(_ path: String) throws(Failure) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure(path) }
    }

    /// Runs `body` while no other process or thread of this machine holds the lock of this file, which is made.
    package static func locked<R>(_ path: String, _ body: () throws -> R) throws -> R {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure(path) }
        }
        return try body()
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    private static func failure(_ path: String) -> Failure {
        let reason = unsafe String(cString: strerror(errno))
        return Failure(description: "\(path): \(reason)")
    }
}

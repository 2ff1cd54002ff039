internal import Blocking
internal import Cryptography
internal import FoundationEssentials
internal import Glibc

/// Size and SHA-256 of a file.
struct FileDigest {
    let bytes: Int64
    let sha256: String

    /// Reads the whole file, piece by piece.
    static func of(_ path: String) throws -> FileDigest {
        let file = try ByteReader(path)
        var hash = SHA256()
        var count: Int64 = 0
        while let piece = try file.read(upTo: ByteReader.pieceBytes) {
            hash.update(piece)
            count += Int64(piece.count)
        }
        return FileDigest(bytes: count, sha256: Hex.encode(hash.finish()))
    }
}

/// Writes a new file, readable by its owner only. A full disk is an error of `write` or `finish`.
final class ByteWriter {
    private let path: String
    private let file: Int32

    init(_ path: String) throws {
        self.path = path
        file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure(path) }
    }

    deinit { close(file) }

    func write(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(file, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            done += count
        }
    }

    /// Returns when all is on the disk.
    func finish() throws {
        guard fsync(file) == 0 else { throw Self.failure(path) }
    }

    static func failure(_ path: String) -> BackupError {
        let reason = unsafe String(cString: strerror(errno))
        return BackupError(.storage, "\(path): \(reason)")
    }
}

/// Reads a file from its beginning.
final class ByteReader {
    /// What one read of a large file asks for.
    static let pieceBytes = 1 << 20

    private let path: String
    private let file: Int32

    init(_ path: String) throws {
        self.path = path
        file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ByteWriter.failure(path) }
    }

    deinit { close(file) }

    /// The next bytes; nil at the end.
    func read(upTo limit: Int) throws -> [UInt8]? {
        while true {
            var failed = false
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                let result = unsafe Glibc.read(file, buffer.baseAddress, limit)
                failed = result < 0
                count = max(0, result)
            }
            if failed, errno == EINTR { continue }
            if failed { throw ByteWriter.failure(path) }
            return bytes.isEmpty ? nil : bytes
        }
    }

    /// Exactly so many bytes; throws where the file ends before.
    func read(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let piece = try read(upTo: count - bytes.count) else {
                throw BackupError(.damaged, "\(path) ends too early")
            }
            bytes += piece
        }
        return bytes
    }
}

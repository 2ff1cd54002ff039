internal import Cryptography
internal import EventModel
internal import Glibc
internal import Reactors

/// A file without a name, its content sealed under a key that is never stored. Belongs to one thread at a time.
final class SpoolFile {
    /// A piece of the file. A large file has half a million of them.
    struct Block {
        let offset: Int64
        let count: Int32
    }

    private let descriptor: Int32
    private let cipher = AES256GCM(key: SecureRandom.bytes(32))
    private var end: Int64 = 0

    /// A file in `folder`, which exists.
    init(folder: String) throws {
        let path = "\(folder)/footfall-import-\(Hex.encode(SecureRandom.bytes(8)))"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TaskFailure.passing("no file can be made for the import (errno \(errno))") }
        // From here on only this process knows it, and it goes with the process.
        unsafe unlink(path)
    }

    deinit { close(descriptor) }

    /// Seals and appends `bytes`.
    func append(_ bytes: [UInt8]) throws -> Block {
        let sealed = cipher.seal(bytes, nonce: nonce(end), aad: [])
        var written = 0
        while written < sealed.count {
            let count = unsafe sealed[written...].withUnsafeBufferPointer { part in
                unsafe pwrite(descriptor, part.baseAddress, part.count, off_t(end) + off_t(written))
            }
            guard count > 0 else { throw TaskFailure.passing("the import's file cannot be written (errno \(errno))") }
            written += count
        }
        let block = Block(offset: end, count: Int32(sealed.count))
        end += Int64(sealed.count)
        return block
    }

    /// What was appended as `block`.
    func read(_ block: Block) throws -> [UInt8] {
        let size = Int(block.count)
        var sealed = [UInt8](repeating: 0, count: size)
        var got = 0
        while got < size {
            let count = unsafe sealed.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    descriptor, bytes.baseAddress?.advanced(by: got), size - got,
                    off_t(block.offset) + off_t(got))
            }
            guard count > 0 else { throw TaskFailure.passing("the import's file cannot be read (errno \(errno))") }
            got += count
        }
        return try cipher.open(sealed, nonce: nonce(block.offset), aad: [])
    }

    /// Each block has an offset of its own, and the key is used for this file only.
    private func nonce(_ offset: Int64) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 0, 0]
        bytes.appendInteger(offset)
        return bytes
    }
}

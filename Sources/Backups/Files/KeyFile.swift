internal import Cryptography
internal import EventModel
internal import FoundationEssentials

/// The sealed file of keys: a readable line that says whose it is and until when, then chunks.
///
/// Line: JSON and a newline. Chunk: length u32 (little-endian) · AES-256-GCM of up to 64 KiB with its tag. The key is HKDF-SHA-256 of
/// APP_SECRET_KEY under the line's random salt, so every file has its own and the nonce is the chunk's number. Each chunk
/// is bound to the line, and the last one says that it is: nothing can be changed, cut off or prolonged.
enum KeyFile {
    static let name = "keys.sealed"
    static let chunkBytes = 64 << 10
    private static let lineBytesMax = 4096

    struct Line: Codable {
        let format: String
        let backup: String
        let madeAt: String
        let expiresAt: String
        /// 32 random bytes in hex.
        let salt: String
    }

    static let format = "footfall.keys.1"

    final class Writer: ByteSink {
        private let file: ByteWriter
        private let cipher: AES256GCM
        private let line: [UInt8]
        private var waiting: [UInt8] = []
        private var number: UInt64 = 0

        init(_ path: String, secret: [UInt8], backup: Key128, madeAt: Int64, expiresAt: Int64) throws {
            let salt = SecureRandom.bytes(32)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            line = [UInt8](
                try encoder.encode(
                    Line(
                        format: KeyFile.format, backup: backup.uuid, madeAt: Timestamp.text(madeAt),
                        expiresAt: Timestamp.text(expiresAt), salt: Hex.encode(salt))))
            cipher = KeyFile.cipher(secret, salt)
            file = try ByteWriter(path)
            try file.write(line + [UInt8(ascii: "\n")])
        }

        func write(_ bytes: [UInt8]) throws {
            waiting += bytes
            while waiting.count > KeyFile.chunkBytes {
                try seal(Array(waiting.prefix(KeyFile.chunkBytes)), isLast: false)
                waiting.removeFirst(KeyFile.chunkBytes)
            }
        }

        func finish() throws {
            try seal(waiting, isLast: true)
            try file.finish()
        }

        private func seal(_ plain: [UInt8], isLast: Bool) throws {
            let sealed = cipher.seal(plain, nonce: KeyFile.nonce(number), aad: KeyFile.binding(line, isLast: isLast))
            number += 1
            var length: [UInt8] = []
            length.appendInteger(UInt32(sealed.count))
            try file.write(length + sealed)
        }
    }

    final class Reader: ByteSource {
        let line: Line
        private let file: ByteReader
        private let bytes: [UInt8]
        private let ciphers: [AES256GCM]
        private var number: UInt64 = 0
        private var isAtEnd = false

        /// Reads the line; nothing is opened yet. `secrets`: those that may have sealed it.
        init(_ path: String, secrets: [[UInt8]]) throws {
            file = try ByteReader(path)
            var bytes: [UInt8] = []
            while bytes.last != UInt8(ascii: "\n"), bytes.count < KeyFile.lineBytesMax {
                bytes += try file.read(exactly: 1)
            }
            self.bytes = bytes.dropLast()
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(self.bytes)),  // any failure says the same
                line.format == KeyFile.format, let salt = Hex.decode(line.salt)
            else { throw BackupError(.damaged, "\(path) is no file of keys that this version reads") }
            self.line = line
            ciphers = secrets.map { KeyFile.cipher($0, salt) }
        }

        /// The next opened chunk; nil after the last. Throws `CannotOpen` where no secret fits.
        func next() throws -> [UInt8]? {
            if isAtEnd { return nil }
            let length = try file.read(exactly: 4).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length <= KeyFile.chunkBytes + AES256GCM.tagByteCount else {
                throw BackupError(.damaged, "a chunk of the file of keys is too long")
            }
            let sealed = try file.read(exactly: length)
            for isLast in [false, true] {
                for cipher in ciphers {
                    // What does not open under one is tried under the next.
                    guard
                        let plain = try? cipher.open(
                            sealed, nonce: KeyFile.nonce(number), aad: KeyFile.binding(bytes, isLast: isLast))
                    else { continue }
                    number += 1
                    isAtEnd = isLast
                    return plain
                }
            }
            throw CannotOpen()
        }
    }

    /// No secret that was given opens the file.
    struct CannotOpen: Error {}

    private static func cipher(_ secret: [UInt8], _ salt: [UInt8]) -> AES256GCM {
        AES256GCM(key: HKDF.derive(secret: secret, salt: salt, info: "footfall backup keys"))
    }

    private static func nonce(_ number: UInt64) -> [UInt8] {
        var nonce: [UInt8] = [0, 0, 0, 0]
        nonce.appendInteger(number)
        return nonce
    }

    private static func binding(_ line: [UInt8], isLast: Bool) -> [UInt8] { line + [isLast ? 1 : 0] }
}

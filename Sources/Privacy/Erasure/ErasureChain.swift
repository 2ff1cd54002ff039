internal import Cryptography

/// The journal of erasures as bytes: a line an entry, each with a code that covers it and all lines before it, under a
/// key derived from APP_SECRET_KEY. So no line can be changed, left out, moved or made up; only whole lines at the end
/// can be missing, which a `head` known from elsewhere tells.
///
/// A line: the entry as JSON · space · code in hex · newline. The digest of a line is SHA-256 of the digest before it (at
/// first 32 zero bytes) and the JSON; its code is HMAC-SHA-256 of the digest. Digests stay when the secret is rotated.
package struct ErasureChain: Sendable {
    /// How far a journal goes.
    package struct Head: Sendable, Hashable, Codable {
        /// Lines.
        package let count: Int
        /// The last line's digest, in hex; of none, 64 zeros.
        package let digest: String

        /// Of a journal without a line.
        package static let empty = Head(count: 0, digest: String(repeating: "0", count: 64))
    }

    /// What was read.
    package private(set) var entries: [ErasureEntry] = []
    /// The head after each line.
    package private(set) var heads: [Head] = []
    /// A line was written under the previous APP_SECRET_KEY.
    package private(set) var isStale = false
    private let keys: [[UInt8]]

    /// A chain without a line. `secrets`: APP_SECRET_KEY, then the previous one while it is being rotated.
    package init(secrets: [[UInt8]]) {
        precondition(!secrets.isEmpty, "a chain needs a secret")
        keys = secrets.map { HKDF.derive(secret: $0, info: "footfall erasure journal") }
    }

    /// Where it ends.
    package var head: Head { heads.last ?? .empty }

    /// Reads a journal's bytes. Throws `malformed` where a line was changed, removed or is not whole.
    package init(reading bytes: [UInt8], secrets: [[UInt8]]) throws(PrivacyError) {
        self.init(secrets: secrets)
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else {
            throw PrivacyError(.malformed, "the journal of erasures ends within line \(Self.lines(bytes).count)")
        }
        for line in Self.lines(bytes) { try take(line) }
    }

    /// Adds an entry and returns its line.
    package mutating func append(_ entry: ErasureEntry) throws -> [UInt8] {
        let json = try entry.json
        let digest = digest(with: json)
        take(entry, digest)
        return json + Array(" \(Hex.encode(Self.code(digest, keys[0])))\n".utf8)
    }

    private mutating func take(_ line: ArraySlice<UInt8>) throws(PrivacyError) {
        let number = heads.count + 1
        guard let space = line.lastIndex(of: UInt8(ascii: " ")),
            let code = Hex.decode(String(decoding: line[(space + 1)...], as: UTF8.self)),
            let entry = ErasureEntry(json: line[..<space])
        else { throw PrivacyError(.malformed, "line \(number) of the journal of erasures is no entry") }
        let digest = digest(with: Array(line[..<space]))
        guard let key = keys.firstIndex(where: { constantTimeEquals(Self.code(digest, $0), code) }) else {
            throw PrivacyError(
                .wrongKey,
                "line \(number) of the journal of erasures does not follow from the lines before it: it was changed, "
                    + "lines are missing, or APP_SECRET_KEY is another one")
        }
        if key > 0 { isStale = true }
        take(entry, digest)
    }

    private mutating func take(_ entry: ErasureEntry, _ digest: [UInt8]) {
        entries.append(entry)
        heads.append(Head(count: heads.count + 1, digest: Hex.encode(digest)))
    }

    private func digest(with json: [UInt8]) -> [UInt8] {
        SHA256.hash((Hex.decode(head.digest) ?? []) + json)
    }

    private static func code(_ digest: [UInt8], _ key: [UInt8]) -> [UInt8] {
        HMACSHA256.authenticate(digest, key: key)
    }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n"))
    }
}

internal import Cryptography

/// Wraps the shops' keys under `APP_SECRET_KEY`. During a rotation the previous key still opens what it wrapped.
///
/// Wrapped form: layout version u8 (1) · key number u8 (the first byte of a hash of the key, so that the right one is
/// tried) · nonce 12 · AES-256-GCM of 32 bytes with its tag. A value; safe from any thread.
package struct Vault: Sendable {
    private let current: [UInt8]
    private let previous: [UInt8]?

    private static let layout: UInt8 = 1
    private static let headBytes = 2
    /// Bytes of a key, wrapped or wrapping.
    package static let keyBytes = 32

    /// A vault under `currentKey`, which may still open what `previousKey` wrapped. Keys have 32 bytes.
    package init(currentKey: [UInt8], previousKey: [UInt8]? = nil) throws(PrivacyError) {
        guard currentKey.count == Self.keyBytes, previousKey.map({ $0.count == Self.keyBytes }) ?? true else {
            throw PrivacyError(.badKey, "a vault key has 32 bytes")
        }
        self.current = HKDF.derive(secret: currentKey, info: "footfall vault")
        self.previous = previousKey.map { HKDF.derive(secret: $0, info: "footfall vault") }
    }

    /// The bytes of a key as the environment gives it: 64 hex digits or base64 of 32 bytes.
    package static func keyBytes(of text: String) throws(PrivacyError) -> [UInt8] {
        if let bytes = Hex.decode(text), bytes.count == Self.keyBytes { return bytes }
        if let bytes = Base64.decode(text), bytes.count == Self.keyBytes { return bytes }
        throw PrivacyError(.badKey, "a key has to be 32 bytes, as 64 hex digits or as base64")
    }

    /// A new random key.
    package static func newKey() -> [UInt8] { SecureRandom.bytes(Self.keyBytes) }

    /// `key` wrapped under the current key.
    package func wrap(_ key: [UInt8]) -> [UInt8] {
        let head = [Self.layout, Self.number(of: self.current)]
        let nonce = SecureRandom.bytes(AES256GCM.nonceByteCount)
        return head + nonce + AES256GCM(key: self.current).seal(key, nonce: nonce, aad: head)
    }

    /// The key in `wrapped`.
    package func unwrap(_ wrapped: [UInt8]) throws(PrivacyError) -> [UInt8] {
        let bodyStart = Self.headBytes + AES256GCM.nonceByteCount
        guard wrapped.count == bodyStart + Self.keyBytes + AES256GCM.tagByteCount, wrapped[0] == Self.layout else {
            throw PrivacyError(.malformed, "a wrapped key has not the form that this version writes")
        }
        for key in [self.current, self.previous].compactMap(\.self) where Self.number(of: key) == wrapped[1] {
            do {
                return try AES256GCM(key: key).open(
                    Array(wrapped[bodyStart...]), nonce: Array(wrapped[Self.headBytes..<bodyStart]),
                    aad: Array(wrapped[..<Self.headBytes]))
            } catch {
                continue  // The numbers may be equal by chance: the other key may still open it.
            }
        }
        throw PrivacyError(.wrongKey, "a wrapped key was wrapped under neither APP_SECRET_KEY nor the previous one")
    }

    /// True when `wrapped` should be wrapped again, because the current key did not wrap it.
    package func isStale(_ wrapped: [UInt8]) -> Bool {
        wrapped.count < Self.headBytes || wrapped[1] != Self.number(of: self.current)
    }

    private static func number(of key: [UInt8]) -> UInt8 { SHA256.hash(key)[0] }
}

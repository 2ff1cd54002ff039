internal import Cryptography

/// A signed statement of an erasure as it is handed out: one line of JSON whose bytes are fixed, so that there is one way
/// to write it and any other byte is an error.
///
///     {"receipt":BODY,"public_key":"64 hex digits","signature":"128 hex digits"}
///
/// The signature is Ed25519 (RFC 8032) over BODY, byte for byte as it stands.
package struct SignedReceipt: Sendable, Equatable {
    /// A JSON object.
    package let body: [UInt8]
    /// 32 bytes.
    package let publicKey: [UInt8]
    /// 64 bytes.
    package let signature: [UInt8]

    private static let head = Array("{\"receipt\":".utf8)
    private static let keyMark = Array(",\"public_key\":\"".utf8)
    private static let signatureMark = Array("\",\"signature\":\"".utf8)
    private static let tail = Array("\"}".utf8)

    init(body: [UInt8], publicKey: [UInt8], signature: [UInt8]) {
        (self.body, self.publicKey, self.signature) = (body, publicKey, signature)
    }

    /// As it is handed out.
    package var bytes: [UInt8] {
        Self.head + body + Self.keyMark + Array(Hex.encode(publicKey).utf8) + Self.signatureMark
            + Array(Hex.encode(signature).utf8) + Self.tail
    }

    /// Reads what `bytes` writes; nil for anything else. A newline at the end is passed over.
    package init?(_ bytes: [UInt8]) {
        let bytes = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        let keyDigits = 2 * Ed25519.keyByteCount
        let signatureDigits = 2 * Ed25519.signatureByteCount
        let rest = Self.keyMark.count + keyDigits + Self.signatureMark.count + signatureDigits + Self.tail.count
        guard bytes.count > Self.head.count + rest else { return nil }
        let bodyEnd = bytes.count - rest
        let keyStart = bodyEnd + Self.keyMark.count
        let signatureStart = keyStart + keyDigits + Self.signatureMark.count
        guard let key = Hex.decode(String(decoding: bytes[keyStart..<keyStart + keyDigits], as: UTF8.self)),
            let signature = Hex.decode(
                String(decoding: bytes[signatureStart..<signatureStart + signatureDigits], as: UTF8.self))
        else { return nil }
        self.init(body: Array(bytes[Self.head.count..<bodyEnd]), publicKey: key, signature: signature)
        // Also the marks and the case of the digits.
        guard self.bytes.elementsEqual(bytes) else { return nil }
    }
}

/// Tells whether a receipt is genuine, without the database that it speaks of.
package enum ReceiptVerifier {
    /// What a look at a receipt came to.
    package enum Verdict: Sendable, Equatable {
        /// Signed by this public key, over these bytes of JSON.
        case genuine(body: [UInt8], publicKey: [UInt8])
        /// Not of the form of a receipt.
        case notAReceipt
        /// Bytes were changed since it was signed, or it never was.
        case badSignature
        /// Genuine, but signed by another key than the one that was expected.
        case otherKey([UInt8])
    }

    /// Looks at a receipt. Without `expectedKey` a genuine one says only that the holder of the key inside signed it;
    /// compare that key with the one that the operator has published.
    package static func verify(_ bytes: [UInt8], expectedKey: [UInt8]? = nil) -> Verdict {
        guard let receipt = SignedReceipt(bytes) else { return .notAReceipt }
        guard Ed25519.isValid(receipt.signature, for: receipt.body, publicKey: receipt.publicKey) else {
            return .badSignature
        }
        guard expectedKey == nil || expectedKey == receipt.publicKey else { return .otherKey(receipt.publicKey) }
        return .genuine(body: receipt.body, publicKey: receipt.publicKey)
    }
}

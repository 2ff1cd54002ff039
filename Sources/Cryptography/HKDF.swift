/// HKDF with SHA-256 (RFC 5869): many keys from one secret.
package enum HKDF {
    /// RFC 5869 allows 255 blocks.
    package static let byteCountMax = 255 * SHA256.byteCount

    /// A key of `count` bytes for the purpose that `info` names.
    package static func derive(
        secret: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int = 32
    ) -> [UInt8] {
        precondition(count > 0 && count <= byteCountMax, "HKDF gives 1 to \(byteCountMax) bytes")
        let salt = salt.isEmpty ? [UInt8](repeating: 0, count: SHA256.byteCount) : salt
        let expander = HMACSHA256(key: HMACSHA256.authenticate(secret, key: salt))
        var out: [UInt8] = []
        var block: [UInt8] = []
        var number: UInt8 = 0
        while out.count < count {
            number += 1
            block = expander.authenticate(block.span, info.span, [number].span)
            out += block
        }
        return Array(out.prefix(count))
    }

    /// A key of `count` bytes for the purpose that `info` names.
    package static func derive(
        secret: [UInt8], salt: [UInt8] = [], info: String, count: Int = 32
    ) -> [UInt8] {
        derive(secret: secret, salt: salt, info: Array(info.utf8), count: count)
    }
}

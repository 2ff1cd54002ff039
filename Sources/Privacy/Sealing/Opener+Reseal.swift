package import EventModel

extension Opener {
    /// The same values under the same key, bound to another event: for an event that gets another identity, under which
    /// what was sealed before does not open. Throws where they do not open as `old`.
    package static func reseal(
        _ sealed: [UInt8], under key: [UInt8], shop: ShopID, from old: Key128, to new: Key128
    ) throws(PrivacyError) -> [UInt8] {
        guard key.count == Vault.keyBytes, let head = SealedHead(sealed.span) else {
            throw PrivacyError(.malformed, "sealed values have not the form that this version writes")
        }
        let cipher = SealedCipher()
        let plain = try cipher.open(sealed, headBytes: head.byteCount, under: key, shop: shop, event: old)
        // The nonce is the end of the head, and used once.
        var resealed = Array(sealed.prefix(head.byteCount - SealedCipher.nonceBytes))
        cipher.seal(plain, under: key, shop: shop, event: new, into: &resealed)
        return resealed
    }
}

package import EventModel

/// Puts sealed values back. Belongs to one thread at a time.
package final class Opener {
    private let cipher = SealedCipher()

    /// An opener.
    package init() {}

    /// The event's bytes as they were before sealing (what was removed stays null). `payload` is the opened payload,
    /// `key` the unwrapped subject key that `SealedHead.keyID` names.
    package func open(
        payload: [UInt8], sealed: [UInt8], under key: [UInt8], shop: ShopID, event: Key128
    ) throws(PrivacyError) -> [UInt8] {
        guard !sealed.isEmpty else { return payload }
        let (head, values) = try self.values(sealed: sealed, under: key, shop: shop, event: event)
        var opened: [UInt8] = []
        opened.reserveCapacity(payload.count + sealed.count)
        var place = 0
        for (field, value) in zip(head.fields, values) {
            let marker = field.kind.marker
            let end = field.offset + marker.count
            guard field.offset >= place, end <= payload.count, payload[field.offset..<end].elementsEqual(marker) else {
                throw PrivacyError(.malformed, "the payload has no marker where a value was sealed")
            }
            opened += payload[place..<field.offset]
            opened += value
            place = end
        }
        return opened + payload[place...]
    }

    /// The head, and the values in its fields' order, as bytes of JSON.
    package func values(
        sealed: [UInt8], under key: [UInt8], shop: ShopID, event: Key128
    ) throws(PrivacyError) -> (head: SealedHead, values: [[UInt8]]) {
        guard key.count == Vault.keyBytes, let head = SealedHead(sealed.span) else {
            throw PrivacyError(.malformed, "sealed values have not the form that this version writes")
        }
        let plain = try self.cipher.open(sealed, headBytes: head.byteCount, under: key, shop: shop, event: event)
        var values: [[UInt8]] = []
        var reader = VarintReader(offset: 0)
        while reader.offset < plain.count {
            guard let count = reader.read(plain.span), count <= plain.count - reader.offset else {
                throw PrivacyError(.malformed, "sealed values are cut short")
            }
            values.append(Array(plain[reader.offset..<reader.offset + count]))
            reader.offset += count
        }
        guard values.count == head.fields.count else {
            throw PrivacyError(.malformed, "there are not as many sealed values as fields")
        }
        return (head, values)
    }
}

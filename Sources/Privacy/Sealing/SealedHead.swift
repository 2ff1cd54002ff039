package import EventModel
internal import Pipelines

/// The readable part of an event's sealed bytes: which key opens them, whose data it is, and where the values stood.
///
/// Layout, version 1: version u8 · key id 16 · handle count u8 · handles (kind u8, with the highest bit set where the
/// handle is only mentioned, and the next where it is another contact than the customer, hash 16) · field count varint
/// · fields (place varint: kind in the lowest bit, bytes of payload between the field before and this one above it) ·
/// nonce 12 · AES-256-GCM of the values (each: length varint, bytes) with its tag. Everything before the ciphertext is
/// authenticated together with the shop and the event's key, so a value cannot be moved to another field or event.
package struct SealedHead: Sendable, Equatable {
    /// What stands in the payload instead of a value.
    package enum FieldKind: UInt8, Sendable {
        /// `{"sealed":true}` instead of a whole JSON value.
        case whole = 0
        /// `(sealed)` instead of a part of a string.
        case inside = 1

        /// The bytes that stand in.
        package var marker: [UInt8] {
            switch self {
            case .whole: Self.wholeMarker
            case .inside: Self.insideMarker
            }
        }

        /// The same.
        var markerText: StaticString {
            switch self {
            case .whole: "{\"sealed\":true}"
            case .inside: "(sealed)"
            }
        }

        private static let wholeMarker = Array("\(FieldKind.whole.markerText)".utf8)
        private static let insideMarker = Array("\(FieldKind.inside.markerText)".utf8)
    }

    /// One value that was taken out.
    package struct Field: Sendable, Equatable {
        /// What stands in for it.
        package let kind: FieldKind
        /// Where its marker begins in the payload.
        package let offset: Int
    }

    /// The subject key's id.
    package let keyID: Key128
    /// Whose data it is (`NamedEvent`), in the order of ownership (`HandleKind`); the first one owns the key.
    package let handles: [Handle]
    /// Addresses and numbers that are only mentioned, but for one that owns the key. Heads from before the mark have none.
    package let mentioned: [Handle]
    /// Those of `handles` that are another contact than the customer (`NamedEvent.otherContacts`). Heads from before the
    /// mark have none.
    package let contacts: [Handle]
    /// The owner is only mentioned, too; nobody is named who could be it.
    package let isOwnerMentioned: Bool
    /// The values in the order of the payload.
    package let fields: [Field]
    /// Bytes of the head, the nonce included; the ciphertext begins here.
    let byteCount: Int

    static let version: UInt8 = 1
    /// Set in a handle's kind where it is only mentioned; no kind has a number so high.
    static let mentionBit: UInt8 = 1 << 7
    /// Set in a handle's kind where it is another contact; no kind has a number so high either.
    static let contactBit: UInt8 = 1 << 6
    /// No event names more subjects; further handles are left out.
    package static let handlesMax = 16

    /// Bytes that a head takes at most, its nonce included.
    static func bytesMax(handles: Int, placesBytes: Int) -> Int {
        18 + handles * 17 + VarintReader.bytesMax + placesBytes + SealedCipher.nonceBytes
    }

    /// Reads the head of sealed bytes; nil for bytes of another form. Empty bytes mean that nothing was sealed.
    package init?(_ sealed: Span<UInt8>) {
        var reader = VarintReader(offset: 18)
        guard sealed.count > reader.offset, sealed[0] == Self.version else { return nil }
        self.keyID = Self.key128(sealed, at: 1)
        var (handles, mentioned, contacts): ([Handle], [Handle], [Handle]) = ([], [], [])
        var isOwnerMentioned = false
        for index in 0..<Int(sealed[17]) {
            guard sealed.count - reader.offset >= 17,
                let kind = HandleKind(rawValue: sealed[reader.offset] & ~(Self.mentionBit | Self.contactBit))
            else { return nil }
            let handle = Handle(kind: kind, hash: Self.key128(sealed, at: reader.offset + 1))
            let isMentioned = sealed[reader.offset] & Self.mentionBit != 0
            if index == 0 { isOwnerMentioned = isMentioned }
            if isMentioned, index > 0 { mentioned.append(handle) } else { handles.append(handle) }
            if sealed[reader.offset] & Self.contactBit != 0 { contacts.append(handle) }
            reader.offset += 17
        }
        // A field takes a byte at least, which bounds what hostile bytes can make this reserve.
        guard let count = reader.read(sealed), count <= sealed.count else { return nil }
        var fields: [Field] = []
        var offset = 0
        for _ in 0..<count {
            guard let place = reader.read(sealed), let kind = FieldKind(rawValue: UInt8(place & 1)) else { return nil }
            offset += place >> 1
            fields.append(Field(kind: kind, offset: offset))
            offset += kind.marker.count
        }
        (self.handles, self.mentioned, self.contacts) = (handles, mentioned, contacts)
        self.isOwnerMentioned = isOwnerMentioned
        self.fields = fields
        self.byteCount = reader.offset + SealedCipher.nonceBytes
        guard sealed.count >= self.byteCount + SealedCipher.tagBytes else { return nil }
    }

    private static func key128(_ bytes: Span<UInt8>, at offset: Int) -> Key128 {
        Key128(bytes: bytes.extracting(offset..<offset + 16).array)
    }
}

/// Unsigned LEB128, at most 35 bits.
struct VarintReader {
    /// Most bytes of a number.
    static let bytesMax = 5

    var offset: Int

    mutating func read(_ bytes: Span<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, through: 28, by: 7) {
            guard self.offset < bytes.count else { return nil }
            let byte = bytes[self.offset]
            self.offset += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}

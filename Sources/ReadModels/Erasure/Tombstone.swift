internal import Cryptography
package import EventModel
package import Pipelines
package import Privacy

/// An event of the log that asks the read models to forget: a person by the handles, or a whole shop.
package struct Tombstone: Sendable, Equatable {
    /// Whom it is for.
    package enum Scope: Sendable, Equatable {
        /// Whoever has these handles.
        case person([Handle])
        /// Everybody; the tenant's rows go.
        case shop
    }

    /// A tombstone that does not say what it must. Nothing may pass it, so the lane stops.
    package struct Unreadable: Error, CustomStringConvertible {
        /// Place in the lane.
        package let position: Position
        /// In words.
        package var description: String { "the tombstone at position \(position) cannot be read" }
    }

    /// Name of the system event for a person.
    package static let personName = "privacy.erased"
    /// Name of the system event for a shop.
    package static let shopName = "shop.redacted"

    /// Place in the lane.
    package let position: Position
    /// The tenant.
    package let shop: ShopID
    /// The request that it carries out.
    package let request: Key128
    /// Of several tombstones of one request, which: 1, 2, ...
    package let sequence: Int64
    /// Whom it is for.
    package let scope: Scope

    /// A tombstone; `position` is 0 where it is not read from the log.
    package init(position: Position, shop: ShopID, request: Key128, sequence: Int64 = 1, scope: Scope) {
        self.position = position
        self.shop = shop
        self.request = request
        self.sequence = sequence
        self.scope = scope
    }

    /// Reads `{"request":"<uuid>","sequence":1,"handles":[{"kind":1,"hash":"<32 hex>"}]}` or, of a shop, `{"request":"<uuid>"}`.
    package init(
        position: Position, shop: ShopID, name: String, payload: [UInt8]
    ) throws(Unreadable) {
        guard let root = (try? JSONTree(payload))?.root,  // What is no JSON is unreadable like what says nothing.
            let request = root["request"]?.text.flatMap(Key128.init(uuid:)),
            let scope = Self.scope(name, root)
        else { throw Unreadable(position: position) }
        self.init(
            position: position, shop: shop, request: request, sequence: root["sequence"]?.int64 ?? 1, scope: scope)
    }

    private static func scope(_ name: String, _ root: JSONNode) -> Scope? {
        guard name == personName else { return .shop }
        guard let listed = root["handles"]?.elements else { return nil }
        let handles = listed.compactMap { one -> Handle? in
            guard let raw = one["kind"]?.int64, let kind = UInt8(exactly: raw).flatMap({ HandleKind(rawValue: $0) }),
                let hash = one["hash"]?.text.flatMap(Key128.init(hex:))
            else { return nil }
            return Handle(kind: kind, hash: hash)
        }
        return handles.count == listed.count ? .person(handles) : nil
    }

    /// All handles; none of a shop's tombstone.
    package var handles: [Handle] {
        if case .person(let handles) = scope { handles } else { [] }
    }

    /// The hashes of the handles of these kinds.
    package func hashes(_ kinds: HandleKind...) -> [Key128] {
        handles.filter { kinds.contains($0.kind) }.map(\.hash)
    }

    /// What stands in a read model in the place of a handle by which it groups: the first 128 bits of
    /// SHA-256(request · sequence u64 · kind u8 · hash). Nobody can go back from it, and it is another one in each
    /// tombstone, so that what comes between two of a request is counted apart afterwards as it was before.
    package func pseudonym(of handle: Handle) -> Key128 {
        var digest = SHA256()
        digest.update(request.bytes)
        digest.update(bigEndian: sequence)
        digest.update([handle.kind.rawValue] + handle.hash.bytes)
        return Key128(bytes: digest.finish())
    }
}

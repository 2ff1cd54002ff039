internal import Cryptography
package import EventModel
internal import Pipelines
internal import Synchronization

/// A key of one data subject, as the sealer uses it.
package struct SubjectKey: Sendable, Equatable {
    /// The key's name, in the sealed bytes and in the key table.
    package let id: Key128
    /// 32 secret bytes.
    package let bytes: [UInt8]
}

/// The subject keys that this process has made, by shop and handle; shared by all threads.
///
/// A key travels with the batch of its first event. Until `confirm` says that such a batch is durable, every event
/// sealed under the key carries it again; the key table ignores repeats. The keyring is bounded: a forgotten handle
/// simply gets another key, and erasure destroys all keys of a handle.
package final class SubjectKeyring: Sendable {
    private struct Owner: Hashable {
        let shop: ShopID
        let kind: HandleKind
        let handle: Key128
    }

    private struct Entry {
        let key: SubjectKey
        let wrapped: [UInt8]
        var isConfirmed: Bool
    }

    /// Two generations: look-ups move entries to the young one; when it is full the old one is dropped.
    private struct Generations {
        var young: [Owner: Entry] = [:]
        var old: [Owner: Entry] = [:]
    }

    /// Entries of a generation; an entry has about 350 bytes.
    private let generationMax: Int
    private let state = Mutex(Generations())

    /// A keyring of at most twice `generationMax` keys: some 7 MB when full.
    package init(generationMax: Int = 10_000) {
        self.generationMax = generationMax
    }

    /// The key of a handle, made when there is none, with the grant to send along when it is not stored yet for sure.
    package func key(for handle: Handle, in shop: ShopContext) -> (key: SubjectKey, grant: SubjectKeyGrant?) {
        let owner = Owner(shop: shop.shop, kind: handle.kind, handle: handle.hash)
        if let entry = self.find(owner) { return (entry.key, self.grant(entry, owner)) }
        let key = SubjectKey(id: Key128(bytes: SecureRandom.bytes(16)), bytes: SecureRandom.bytes(Vault.keyBytes))
        let new = Entry(key: key, wrapped: shop.wrap(subjectKey: key.bytes, keyID: key.id), isConfirmed: false)
        // Another thread may have been faster; then its key is the one.
        let entry = self.state.withLock { generations in
            if let entry = generations.young[owner] { return entry }
            self.keep(new, owner, &generations)
            return new
        }
        return (entry.key, self.grant(entry, owner))
    }

    /// Says that the batch which carried this grant is durable.
    package func confirm(_ grant: SubjectKeyGrant) {
        guard let kind = HandleKind(rawValue: grant.handleKind) else { return }
        let owner = Owner(shop: grant.shop, kind: kind, handle: grant.handle)
        self.state.withLock { generations in
            if generations.young[owner]?.key.id == grant.keyID { generations.young[owner]?.isConfirmed = true }
            if generations.old[owner]?.key.id == grant.keyID { generations.old[owner]?.isConfirmed = true }
        }
    }

    /// Forgets all keys: after the buffer lost what it had promised, and for the handles that an erasure names.
    package func forgetAll() {
        self.state.withLock { $0 = Generations() }
    }

    /// Forgets the keys of a handle, so that nothing is sealed under them any more (erasure).
    package func forget(_ handle: Handle, shop: ShopID) {
        let owner = Owner(shop: shop, kind: handle.kind, handle: handle.hash)
        self.state.withLock { generations in
            generations.young[owner] = nil
            generations.old[owner] = nil
        }
    }

    private func find(_ owner: Owner) -> Entry? {
        self.state.withLock { generations in
            if let entry = generations.young[owner] { return entry }
            guard let entry = generations.old.removeValue(forKey: owner) else { return nil }
            self.keep(entry, owner, &generations)
            return entry
        }
    }

    private func keep(_ entry: Entry, _ owner: Owner, _ generations: inout Generations) {
        if generations.young.count >= self.generationMax {
            generations.old = generations.young
            generations.young.removeAll(keepingCapacity: true)
        }
        generations.young[owner] = entry
    }

    private func grant(_ entry: Entry, _ owner: Owner) -> SubjectKeyGrant? {
        guard !entry.isConfirmed else { return nil }
        return SubjectKeyGrant(
            shop: owner.shop, keyID: entry.key.id, handleKind: owner.kind.rawValue, handle: owner.handle,
            wrapped: entry.wrapped)
    }
}

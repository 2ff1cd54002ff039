package import Cryptography
package import EventModel
internal import Pipelines
internal import Synchronization

/// A key of one data subject, as the sealer uses it.
package struct SubjectKey: Sendable, Equatable {
    /// The key's name, in the sealed bytes and in the key table.
    package let id: Key128
    /// 32 secret bytes.
    package let bytes: [UInt8]

    /// A new random key.
    static func new() -> SubjectKey { SubjectKey(random: SecureRandom.bytes(Self.randomBytes)) }

    /// Random bytes of a key and its id.
    static let randomBytes = 16 + Vault.keyBytes

    init(random: [UInt8]) {
        self.id = Key128(bytes: random)
        self.bytes = Array(random[16..<Self.randomBytes])
    }
}

/// The subject keys that this process has made, by shop and handle; shared by all threads.
///
/// A key travels with the batch of its first event. Until `confirm` says that such a batch is durable, every event
/// sealed under the key carries it again; the key table ignores repeats. The keyring is bounded: a forgotten handle
/// simply gets another key, and erasure destroys all keys of a handle.
///
/// Erasure and sealing meet without a lock around both. An event may have passed the fence before a handle was added to
/// it and ask for the key afterwards. What it is sealed under then is no longer readable, whichever way it goes: a key
/// from before is destroyed with its row and was evicted here; a key made after is kept nowhere, because `key` looks at
/// the fence again under the lock that `forget` takes, and its grant is refused by the log, which looks at the fence
/// under the lane's lock. So the keyring holds no key of a fenced handle once `forget` has returned.
package final class SubjectKeyring: Sendable {
    private struct Owner: Hashable {
        let shop: ShopID
        let kind: HandleKind
        let handle: Key128

        /// The handle is a keyed hash already, of which nobody can choose two that agree in half of their bits.
        func hash(into hasher: inout Hasher) { hasher.combine(self.handle.low) }
    }

    private struct Entry {
        let key: SubjectKey
        /// As the grant carries it, until the key is stored for sure.
        var wrapped: [UInt8]?
        /// Counted from the keyring's start: of a moment itself the compiler does not know the size.
        let madeAt: Duration
    }

    /// Two generations: look-ups move entries to the young one; when it is full the old one is dropped.
    private struct Generations {
        var young: [Owner: Entry] = [:]
        var old: [Owner: Entry] = [:]
    }

    /// Entries of a generation; an entry has about 350 bytes, and 250 once it is confirmed.
    private let generationMax: Int
    /// For how long events are sealed under one key; then the handle gets another. So the age of a key's row bounds the
    /// age of what it opens, and retention can destroy keys by it (see `LogRetention`).
    private let keyLife: Duration
    private let start = ContinuousClock.now
    private let state = Mutex(Generations())
    /// The handles for which nothing may be sealed any more. Add to it first, then `forget`.
    package let fence = Fence()

    /// A keyring of at most twice `generationMax` keys: some 7 MB when full. A key is used for `keyLife`; retention counts
    /// on it that this is not more than a day.
    package init(generationMax: Int = 10_000, keyLife: Duration = .seconds(86_400)) {
        self.generationMax = generationMax
        self.keyLife = keyLife
    }

    /// The key of a handle, made of `random` when there is none, with the grant to send along when it is not stored yet
    /// for sure.
    package func key(
        for handle: Handle, in shop: ShopContext, random: BufferedRandom = BufferedRandom()
    ) -> (key: SubjectKey, grant: SubjectKeyGrant?) {
        let owner = Owner(shop: shop.shop, kind: handle.kind, handle: handle.hash)
        if let entry = self.find(owner) { return (entry.key, self.grant(entry, owner)) }
        let bytes = random.bytes(SubjectKey.randomBytes + AES256GCM.nonceByteCount)
        let key = SubjectKey(random: bytes)
        let wrapped = shop.wrap(
            subjectKey: key.bytes, keyID: key.id, nonce: bytes.span.extracting(SubjectKey.randomBytes...))
        let new = Entry(key: key, wrapped: wrapped, madeAt: self.age)
        // Another thread may have been faster; then its key is the one.
        let entry = self.state.withLock { generations in
            if let entry = generations.young[owner] { return entry }
            if !self.fence.contains(handle, shop: shop.shop) { self.keep(new, owner, &generations) }
            return new
        }
        return (entry.key, self.grant(entry, owner))
    }

    /// Says that the batch which carried this grant is durable.
    package func confirm(_ grant: SubjectKeyGrant) {
        guard let kind = HandleKind(rawValue: grant.handleKind) else { return }
        let owner = Owner(shop: grant.shop, kind: kind, handle: grant.handle)
        self.state.withLock { generations in
            if !Self.confirm(grant.keyID, of: owner, in: &generations.young) {
                _ = Self.confirm(grant.keyID, of: owner, in: &generations.old)
            }
        }
    }

    /// False where the owner has no such key here.
    private static func confirm(_ keyID: Key128, of owner: Owner, in entries: inout [Owner: Entry]) -> Bool {
        guard let place = entries.index(forKey: owner), entries.values[place].key.id == keyID else { return false }
        entries.values[place].wrapped = nil
        return true
    }

    /// Forgets all keys: after the buffer lost what it had promised, and for the handles that an erasure names.
    package func forgetAll() {
        self.state.withLock { $0 = Generations() }
    }

    /// Forgets the keys of a handle, so that nothing is sealed under them any more. Where the handle is erased, it has to
    /// be in the fence before.
    package func forget(_ handle: Handle, shop: ShopID) { self.forget(CollectionOfOne(handle), shop: shop) }

    /// Forgets the keys of these handles.
    package func forget(_ handles: some Sequence<Handle>, shop: ShopID) {
        self.state.withLock { generations in
            for handle in handles {
                let owner = Owner(shop: shop, kind: handle.kind, handle: handle.hash)
                generations.young[owner] = nil
                generations.old[owner] = nil
            }
        }
    }

    /// Forgets all keys of a shop. Erasures also destroy keys of handles that are not fenced (carts, browsers), which must
    /// not be used again as if they were stored; looks at every entry, so it is for rare events.
    package func forget(shop: ShopID) {
        self.state.withLock { generations in
            generations.young = generations.young.filter { $0.key.shop != shop }
            generations.old = generations.old.filter { $0.key.shop != shop }
        }
    }

    private var age: Duration { self.start.duration(to: .now) }

    private func find(_ owner: Owner) -> Entry? {
        self.state.withLock { generations in
            if let entry = generations.young[owner] {
                if self.age - entry.madeAt < self.keyLife { return entry }
                generations.young[owner] = nil
                return nil
            }
            guard let entry = generations.old.removeValue(forKey: owner),
                self.age - entry.madeAt < self.keyLife
            else { return nil }
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
        guard let wrapped = entry.wrapped else { return nil }
        return SubjectKeyGrant(
            shop: owner.shop, keyID: entry.key.id, handleKind: owner.kind.rawValue, handle: owner.handle,
            wrapped: wrapped)
    }
}

internal import EventModel
internal import Pipelines
internal import Privacy

/// One walk over the events of a person whose customers are given; ends early when it learns of another customer. First
/// what is vouched for is followed, then what is claimed (`NamedEvent`).
struct SubjectWalk {
    /// How often a handle that only claims name is looked at whether it is anybody else's, and how many carts and browsers
    /// are. Of more than any shopper leaves somebody makes them up: each costs a query, and all of them together have to fit
    /// into a tombstone. Those that were named first are looked at, so nobody pushes a shopper's own out afterwards.
    static let claimsMax = 5000

    private let asked: Set<Handle>
    /// Asked for, or known to be the person's: theirs whoever else is named beside.
    private let sure: Set<Handle>
    private let orders: SubjectTrace.Orders
    /// Those given, and those met on the way.
    private(set) var customers: Set<Handle>
    /// The person's for sure: asked for, or told by what is vouched for.
    private var found: Set<Handle> = []
    /// Claimed, and nobody else's.
    private var taken: Set<Handle> = []
    private var shared: Set<Handle> = []
    /// Claimed, and not looked at.
    private var unfollowed = 0
    private var links: Set<Handle> = []
    /// Links that claims tell, and which event did first.
    private var claimedLinks: [Handle: Position] = [:]
    /// Named by events that are the person's, whoever they are, and which event did first.
    private var beside: [Handle: Position] = [:]
    /// The person's events, with the handle whose key seals each.
    private var mine: [Position: Handle] = [:]
    /// Claims about somebody else that are sealed under a key of the person's all the same: they go with it, and tell
    /// nothing of the person.
    private var sealedAlong: [Position: Handle] = [:]
    private var queue: [Handle]
    /// Families share phones, so these are looked at when everything else is known.
    private var phones: [Handle] = []

    /// `claimed` were taken by an earlier walk, on the word of claims.
    init(
        asked: Set<Handle>, known: Set<Handle>, claimed: Set<Handle>, customers: Set<Handle>,
        orders: SubjectTrace.Orders
    ) {
        self.asked = asked
        taken = claimed
        sure = asked.union(known)
        self.orders = orders
        self.customers = customers
        // In the order of what they tell.
        queue = sure.union(customers).filter(\.kind.leadsOn).sorted { ($0.kind, $0.hash) > ($1.kind, $1.hash) }
        phones = queue.filter { $0.kind == .phone }
        queue.removeAll { $0.kind == .phone }
        links = asked.filter { $0.kind == .cart || $0.kind == .client }
    }

    mutating func run(_ mentions: SubjectMentions) throws {
        let known = customers
        while let handle = queue.popLast() ?? phones.popLast(), customers == known {
            guard !found.contains(handle), !shared.contains(handle) else { continue }
            // Not by any that was only learned: a family's phone leads from a guest to somebody's account.
            if customers.isEmpty, asked.contains(handle) || handle.kind == .email || handle.kind == .order {
                customers = try mentions.customers(of: handle)
            }
            try look(at: handle, mentions)
        }
        if customers == known { try takeClaims(mentions) }
    }

    // MARK: What is vouched for

    /// Takes the handle and its events in, or leaves both where others use it. What is asked for is the person's whoever
    /// else is named there; and what is sealed under its own key, which goes, whoever that tells of.
    private mutating func look(at handle: Handle, _ mentions: SubjectMentions) throws {
        var events: [Position: Handle] = [:]
        var learned: Set<Handle> = []
        var contacts: [Handle: Position] = [:]
        var isForeign = false
        let isSure = handle.kind == .customer || sure.contains(handle)
        let isGuestOfFamily = handle.kind == .phone && found.contains { $0.kind == .email }
        try mentions.each(of: handle, without: isMine) { position, event in
            guard event.isVouched, let owner = event.handles.first else { return true }
            let isSomebodyElses =
                isAnothers(event.handles) || isGuestOfFamily && isOfAnotherAddress(event.handles)
            if isSomebodyElses, !isMerge(event.handles) {
                if isSure, owner == handle { events[position] = owner }
                isForeign = !isSure && !event.otherContacts.contains(handle)
            } else if !isOfUnlistedOrder(event.handles) {
                events[position] = owner
                Self.note(event.otherContacts, at: position, in: &contacts)
                learned.formUnion(Set(event.handles).subtracting(event.otherContacts))
            }
            return !isForeign
        }
        guard !isForeign else {
            shared.insert(handle)
            return
        }
        found.insert(handle)
        mine.merge(events) { $1 }
        beside.merge(contacts, uniquingKeysWith: min)
        customers.formUnion(learned.filter { $0.kind == .customer })
        queue += learned.filter { $0.kind.leadsOn && $0.kind != .customer && $0.kind != .phone }
        phones += learned.filter { $0.kind == .phone }
        links.formUnion(learned.filter { $0.kind == .cart || $0.kind == .client })
    }

    private func isAnothers(_ named: [Handle]) -> Bool {
        named.contains { $0.kind == .customer && !customers.contains($0) }
    }

    /// Several customers in one event are one person's: Shopify has merged them.
    private func isMerge(_ named: [Handle]) -> Bool {
        named.contains { $0.kind == .customer && customers.contains($0) }
    }

    /// A guest who gave an address, and none of the person's.
    private func isOfAnotherAddress(_ named: [Handle]) -> Bool {
        let addresses = named.filter { $0.kind == .email }
        return !addresses.isEmpty && addresses.allSatisfy { !found.contains($0) }
            && !named.contains { $0.kind == .customer }
    }

    private func isOfUnlistedOrder(_ named: [Handle]) -> Bool {
        guard orders == .listed else { return false }
        return named.contains { $0.kind == .order && !asked.contains($0) }
    }

    // MARK: What is claimed

    /// Takes in what browsers say of the person, and what they name beside as far as it is nobody else's.
    private mutating func takeClaims(_ mentions: SubjectMentions) throws {
        var scanned = Array(found.union(taken))
        var claimed: [Handle: Position] = [:]
        var looked: Set<Handle> = []
        var looksLeft = Self.claimsMax
        while !scanned.isEmpty {
            while let handle = scanned.popLast() { try takeClaims(of: handle, mentions, naming: &claimed) }
            claimed.merge(beside, uniquingKeysWith: min)
            for handle in Self.inOrder(claimed.filter { mayBeTaken($0.key) }).prefix(looksLeft) {
                looksLeft -= 1
                looked.insert(handle)
                guard try isNobodyElses(handle, mentions) else { continue }
                taken.insert(handle)
                scanned.append(handle)
            }
        }
        let left = claimed.keys.filter(mayBeTaken)
        shared.formUnion(left.filter(looked.contains))
        unfollowed = left.count { !looked.contains($0) }
    }

    /// Takes in the claims of the handle that are the person's. Adds whom the others name in the first place.
    private mutating func takeClaims(
        of handle: Handle, _ mentions: SubjectMentions, naming others: inout [Handle: Position]
    ) throws {
        try mentions.each(of: handle, without: isMine) { position, event in
            let named = event.handles
            guard !event.isVouched, !isOfUnlistedOrder(named), let owner = named.first else { return true }
            if isOurs(claim: named) {
                mine[position] = owner
                Self.note(named.filter { $0.kind == .cart || $0.kind == .client }, at: position, in: &claimedLinks)
                Self.note(named, at: position, in: &beside)
            } else if owner == handle {
                sealedAlong[position] = owner
            } else if handle.kind == .checkout || handle.kind == .phone {
                // Two addresses in one claim are two people: the first one's it is.
                Self.note(named.filter { $0.kind == .customer || $0.kind == .email }, at: position, in: &others)
            }
            return true
        }
    }

    private static func note(_ named: some Sequence<Handle>, at position: Position, in met: inout [Handle: Position]) {
        for handle in named { met[handle] = min(met[handle] ?? position, position) }
    }

    /// As they were met; those of one event in the order of ownership.
    private static func inOrder(_ met: [Handle: Position]) -> [Handle] {
        met.sorted { ($0.value, $0.key.kind, $0.key.hash) < ($1.value, $1.key.kind, $1.key.hash) }.map(\.key)
    }

    /// A person has one customer account, as far as claims go.
    private func mayBeTaken(_ handle: Handle) -> Bool {
        guard !isOurs(handle), handle.kind.leadsOn else { return false }
        return switch handle.kind {
        case .customer: customers.isEmpty
        case .order: orders == .all
        default: true
        }
    }

    private func isMine(_ position: Position) -> Bool { mine[position] != nil }

    private func isOurs(_ handle: Handle) -> Bool { found.contains(handle) || taken.contains(handle) }

    private func isOurs(claim named: [Handle]) -> Bool {
        let customers = named.filter { $0.kind == .customer }
        guard customers.isEmpty else { return customers.allSatisfy(isOurs) }
        if named.contains(where: { $0.kind == .checkout && isOurs($0) }) { return true }
        let person = named.first { $0.kind == .email || $0.kind == .phone }
        return (person ?? named.first { $0.kind.leadsOn }).map(isOurs) ?? false
    }

    /// Every event that names the handle is the person's by something else.
    private func isNobodyElses(_ handle: Handle, _ mentions: SubjectMentions) throws -> Bool {
        var isOurs = true
        try mentions.each(of: handle, without: isMine) { _, event in
            isOurs = !event.isVouched && isBeside(event.handles.filter { $0 != handle })
            return isOurs
        }
        return isOurs
    }

    /// One of these, or the browser among them, is the person's. Families share phones, so a phone says so only where
    /// nothing else is known of the person; and browsers, so one says so only where nobody else is named.
    private func isBeside(_ others: [Handle]) -> Bool {
        let isPhoneEnough = !found.contains { $0.kind == .customer || $0.kind == .email }
        if others.contains(where: { isOurs($0) && ($0.kind != .phone || isPhoneEnough) }) { return true }
        return others.contains { links.contains($0) || claimedLinks[$0] != nil }
            && !others.contains { isSomeone($0) && beside[$0] == nil }
    }

    // MARK: The result

    /// What was found, when the walk has come to its end.
    func trace(_ mentions: SubjectMentions) throws -> SubjectTrace {
        let handles = found.union(taken.filter { $0.kind == .checkout })
        var unlinked = taken.subtracting(handles)
        var shared = shared
        let claimed = Self.inOrder(claimedLinks.filter { !links.contains($0.key) })
        for link in links + claimed.prefix(Self.claimsMax) {
            var isOnlyOurs = true
            try mentions.each(of: link, without: isMine) { _, event in
                isOnlyOurs = isOfKeptOrder(event.handles) || !event.handles.contains(where: isSomeone)
                return isOnlyOurs
            }
            if isOnlyOurs { unlinked.insert(link) } else { shared.insert(link) }
        }
        let mine = mine.merging(sealedAlong) { $1 }
        let gone = handles.union(unlinked)
        let kept = mine.filter { !gone.contains($0.value) }.keys
        let order: (Handle, Handle) -> Bool = { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
        return SubjectTrace(
            handles: handles.sorted(by: order), unlinked: unlinked.sorted(by: order), positions: mine.keys.sorted(),
            kept: kept.sorted(), shared: shared.sorted(by: order), others: try others(mentions, without: mine),
            unfollowed: unfollowed + claimed.dropFirst(Self.claimsMax).count)
    }

    /// Events of others that name what was asked for.
    private func others(_ mentions: SubjectMentions, without mine: [Position: Handle]) throws -> Int {
        var others: Set<Position> = []
        for handle in asked where handle.kind == .email || handle.kind == .phone {
            try mentions.each(of: handle, without: { mine[$0] != nil }) { position, event in
                if !isOfUnlistedOrder(event.handles) { others.insert(position) }
                return true
            }
        }
        return others.count
    }

    /// Of an order that stays and was the person's: it says nothing of anybody else at the browser.
    private func isOfKeptOrder(_ named: [Handle]) -> Bool {
        let people = named.filter { [.customer, .email, .phone].contains($0.kind) }
        return isOfUnlistedOrder(named) && !people.isEmpty
            && people.allSatisfy { $0.kind == .customer ? customers.contains($0) : isOurs($0) }
    }

    /// A person of whom we do not know that it is ours.
    private func isSomeone(_ handle: Handle) -> Bool {
        [.customer, .email, .phone, .order].contains(handle.kind) && !isOurs(handle)
    }
}

internal import EventModel
internal import Pipelines
internal import Privacy

/// One walk over the events of a person whose customers are given; ends early when it learns of another customer. First
/// what is vouched for is followed, then what is claimed (`NamedEvent`).
struct SubjectWalk {
    /// Handles beside a person's that are looked at whether they are anybody else's; of more than any shopper leaves,
    /// somebody makes them up, and the rest stays as it is.
    private static let claimsMax = 5000

    private let asked: Set<Handle>
    private let orders: SubjectTrace.Orders
    /// Those given, and those met on the way.
    private(set) var customers: Set<Handle>
    /// The person's for sure: asked for, or told by what is vouched for.
    private var found: Set<Handle> = []
    /// Claimed, and nobody else's.
    private var taken: Set<Handle> = []
    private var shared: Set<Handle> = []
    private var links: Set<Handle> = []
    /// Named by claims that are the person's, whoever they are.
    private var beside: Set<Handle> = []
    private var mine: Set<Position> = []
    private var queue: [Handle]
    /// Families share phones, so these are looked at when everything else is known.
    private var phones: [Handle] = []

    init(asked: [Handle], customers: Set<Handle>, orders: SubjectTrace.Orders) {
        self.asked = Set(asked)
        self.orders = orders
        self.customers = customers
        // In the order of what they tell.
        queue = self.asked.union(customers).filter(\.kind.leadsOn).sorted { ($0.kind, $0.hash) > ($1.kind, $1.hash) }
        phones = queue.filter { $0.kind == .phone }
        queue.removeAll { $0.kind == .phone }
        links = self.asked.filter { $0.kind == .cart || $0.kind == .client }
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
    /// else is named there.
    private mutating func look(at handle: Handle, _ mentions: SubjectMentions) throws {
        var events: [Position] = []
        var learned: Set<Handle> = []
        var isForeign = false
        let isSure = handle.kind == .customer || asked.contains(handle)
        let isGuestOfFamily = handle.kind == .phone && found.contains { $0.kind == .email }
        try mentions.each(of: handle, without: mine.contains) { position, event in
            guard event.isVouched else { return true }
            let isSomebodyElses =
                isAnothers(event.handles) || isGuestOfFamily && isOfAnotherAddress(event.handles)
            if isSomebodyElses, !isMerge(event.handles) {
                isForeign = !isSure
            } else if !isOfUnlistedOrder(event.handles) {
                events.append(position)
                learned.formUnion(event.handles)
            }
            return !isForeign
        }
        guard !isForeign else {
            shared.insert(handle)
            return
        }
        found.insert(handle)
        mine.formUnion(events)
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
        var scanned = Array(found)
        var claimed: Set<Handle> = []
        while !scanned.isEmpty {
            while let handle = scanned.popLast() { claimed.formUnion(try claims(of: handle, mentions)) }
            claimed.formUnion(beside)
            let open = claimed.filter(mayBeTaken).sorted { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
            for handle in open.prefix(Self.claimsMax) where try isNobodyElses(handle, mentions) {
                taken.insert(handle)
                scanned.append(handle)
            }
        }
        shared.formUnion(claimed.filter { mayBeTaken($0) })
    }

    /// Takes in the claims of the handle that are the person's. Gives whom the others name in the first place.
    private mutating func claims(of handle: Handle, _ mentions: SubjectMentions) throws -> Set<Handle> {
        var first: Set<Handle> = []
        try mentions.each(of: handle, without: mine.contains) { position, event in
            let named = event.handles
            guard !event.isVouched, !isOfUnlistedOrder(named) else { return true }
            if isOurs(claim: named) {
                mine.insert(position)
                links.formUnion(named.filter { $0.kind == .cart || $0.kind == .client })
                beside.formUnion(named)
            } else if handle.kind == .checkout || handle.kind == .phone {
                // Two addresses in one claim are two people: the first one's it is.
                first.formUnion(named.filter { $0.kind == .customer || $0.kind == .email })
            }
            return true
        }
        return first
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
        try mentions.each(of: handle, without: mine.contains) { _, event in
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
        return others.contains(where: links.contains) && !others.contains { isSomeone($0) && !beside.contains($0) }
    }

    // MARK: The result

    /// What was found, when the walk has come to its end.
    func trace(_ mentions: SubjectMentions) throws -> SubjectTrace {
        var trace = SubjectTrace(handles: [], unlinked: [], positions: mine.sorted(), shared: [], others: 0)
        trace.handles = Array(found) + taken.filter { $0.kind == .checkout }
        trace.unlinked = taken.filter { $0.kind != .checkout }
        trace.shared = Array(shared)
        for link in links {
            var isOnlyOurs = true
            try mentions.each(of: link, without: mine.contains) { _, event in
                isOnlyOurs = isOfKeptOrder(event.handles) || !event.handles.contains(where: isSomeone)
                return isOnlyOurs
            }
            if isOnlyOurs { trace.unlinked.append(link) } else { trace.shared.append(link) }
        }
        trace.others = try others(mentions)
        let order: (Handle, Handle) -> Bool = { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
        trace.handles.sort(by: order)
        trace.unlinked.sort(by: order)
        trace.shared.sort(by: order)
        return trace
    }

    /// Events of others that name what was asked for.
    private func others(_ mentions: SubjectMentions) throws -> Int {
        var others: Set<Position> = []
        for handle in asked where handle.kind == .email || handle.kind == .phone {
            try mentions.each(of: handle, without: mine.contains) { position, event in
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

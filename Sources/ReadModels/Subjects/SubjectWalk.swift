internal import EventModel
internal import Pipelines
internal import Privacy

/// One walk over the events of a person whose customers are given; ends early when it learns of another customer.
struct SubjectWalk {
    private let asked: [Handle]
    private let orders: SubjectTrace.Orders
    /// Those given, and those met on the way.
    private(set) var customers: Set<Handle>
    private var found: Set<Handle> = []
    private var shared: Set<Handle> = []
    private var links: Set<Handle> = []
    private var mine: Set<Position> = []
    private var queue: [Handle]

    init(asked: [Handle], customers: Set<Handle>, orders: SubjectTrace.Orders) {
        self.asked = asked
        self.orders = orders
        self.customers = customers
        // In the order of what they tell.
        queue = Set(asked).union(customers).filter(\.kind.leadsOn).sorted { ($0.kind, $0.hash) > ($1.kind, $1.hash) }
        links = Set(asked.filter { $0.kind == .cart || $0.kind == .client })
    }

    mutating func run(_ mentions: SubjectMentions) throws {
        let known = customers
        while let handle = queue.popLast(), customers == known {
            guard !found.contains(handle), !shared.contains(handle) else { continue }
            if customers.isEmpty { try adopt(by: handle, mentions) }
            try look(at: handle, mentions)
        }
    }

    /// Takes the handle and its events in, or leaves both where others use it.
    private mutating func look(at handle: Handle, _ mentions: SubjectMentions) throws {
        var events: [Position] = []
        var learned: Set<Handle> = []
        var isForeign = false
        let isAsked = asked.contains(handle)
        // What is asked for by its own number is the person's whoever else is named there.
        let isSure = handle.kind == .customer || (handle.kind == .order && isAsked)
        try mentions.each(of: handle, without: mine.contains) { position, named in
            if isOurs(named) {
                events.append(position)
                learned.formUnion(named)
            } else if isSomebodyElses(named), !isSure {
                isForeign = true
            }
            return !isForeign || isAsked
        }
        if isForeign {
            shared.insert(handle)
            // Of a handle that is asked for, the events that name nobody else are the person's all the same.
            guard isAsked else { return }
        } else {
            found.insert(handle)
        }
        mine.formUnion(events)
        customers.formUnion(learned.filter { $0.kind == .customer })
        for next in learned where next.kind.leadsOn && next.kind != .customer { queue.append(next) }
        links.formUnion(learned.filter { $0.kind == .cart || $0.kind == .client })
    }

    /// Several customers in one event are one person's: Shopify has merged them.
    private func isOurs(_ named: [Handle]) -> Bool {
        let others = named.filter { $0.kind == .customer && !customers.contains($0) }
        let isMerge = named.count { $0.kind == .customer } > 1 && others.count < named.count { $0.kind == .customer }
        return (others.isEmpty || isMerge) && !isOfUnlistedOrder(named)
    }

    private func isSomebodyElses(_ named: [Handle]) -> Bool {
        named.contains { $0.kind == .customer && !customers.contains($0) }
    }

    private func isOfUnlistedOrder(_ named: [Handle]) -> Bool {
        guard orders == .listed else { return false }
        return named.contains { $0.kind == .order && !asked.contains($0) }
    }

    /// The customers to whom the handle leads, while none is known.
    private mutating func adopt(by handle: Handle, _ mentions: SubjectMentions) throws {
        var all: Set<Handle> = []
        var own: Set<Handle> = []
        var newest: Handle?
        try mentions.each(of: handle) { _, named in
            let candidates = named.filter { $0.kind == .customer }
            guard let first = candidates.first else { return true }
            all.formUnion(candidates)
            newest = first
            if !named.contains(where: { [.order, .checkout, .cart].contains($0.kind) }) { own.formUnion(candidates) }
            return true
        }
        let sole = own.isEmpty ? all : own
        switch handle.kind {
        case .email: if !own.isEmpty || all.count == 1 { customers = sole }
        case .phone: if sole.count == 1 { customers = sole }
        case .order, .checkout: customers = Set(newest.map { [$0] } ?? [])
        case .customer, .cart, .client, .event: break
        }
    }

    /// What was found, when the walk has come to its end.
    func trace(_ mentions: SubjectMentions) throws -> SubjectTrace {
        var trace = SubjectTrace(handles: [], unlinked: [], positions: mine.sorted(), shared: [])
        trace.handles = Array(found)
        trace.shared = Array(shared)
        for link in links {
            var isOnlyOurs = true
            try mentions.each(of: link, without: mine.contains) { _, named in
                isOnlyOurs = isOfKeptOrder(named) || !named.contains { isSomeone($0) }
                return isOnlyOurs
            }
            if isOnlyOurs { trace.unlinked.append(link) } else { trace.shared.append(link) }
        }
        let order: (Handle, Handle) -> Bool = { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
        trace.handles.sort(by: order)
        trace.unlinked.sort(by: order)
        trace.shared.sort(by: order)
        return trace
    }

    /// Of an order that stays and was the person's: it says nothing of anybody else at the browser.
    private func isOfKeptOrder(_ named: [Handle]) -> Bool {
        let people = named.filter { [.customer, .email, .phone].contains($0.kind) }
        return isOfUnlistedOrder(named) && !people.isEmpty
            && people.allSatisfy { $0.kind == .customer ? customers.contains($0) : found.contains($0) }
    }

    /// A person of whom we do not know that it is ours.
    private func isSomeone(_ handle: Handle) -> Bool {
        [.customer, .email, .phone, .order].contains(handle.kind) && !found.contains(handle)
    }
}

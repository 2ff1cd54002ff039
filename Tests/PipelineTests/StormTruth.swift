import Foundation

/// What the run itself knows of a shop: what was sent and taken, who asked to be forgotten, and what follows from it.
/// Nothing of it is read from the product.
struct StormTruth: Sendable {
    /// What may be known of a person, each a value that nobody else has.
    enum Trait: Hashable, Sendable {
        case customer, email, phone
        case order(Int64)
    }

    /// An event that was answered as taken.
    struct Sent: Sendable {
        /// A word that is not personal and stands in this event only.
        let probe: String
        let person: Int
        let name: String
        /// By which it can be found, and its fence held. Empty where only the browser is named.
        let traits: Set<Trait>
        let client: String?
        /// The personal words that it carries.
        let markers: Set<String>
        /// Its place among all that was sent.
        var number = 0
        /// It opens a visit of its own.
        var isVisit = false
        /// A request of the person's: indexed nowhere, and sealed under the first trait that it names.
        var owner: Trait?

        var order: Int64? {
            traits.compactMap { if case .order(let id) = $0 { id } else { nil } }.first
        }
        /// Whose key it is sealed under.
        var keyed: Trait? {
            order.map(Trait.order) ?? [.customer, .email, .phone].first { traits.contains($0) }
        }
        /// Sent by Shopify; what browsers send, anybody can make up.
        var isVouched: Bool { name.contains("/") }
        /// Sent by Shopify and no request.
        var isOrder: Bool { name.hasPrefix("orders/") }
    }

    /// A request to be forgotten.
    struct Asked: Sendable {
        let act: StormPlan.Act
        let person: Int
        /// All that is the person's for sure: asked for, or found by it in what Shopify sent before.
        let traits: Set<Trait>
        let clients: Set<String>
        /// Nil is all.
        let orders: Set<Int64>?
        let number: Int
    }

    /// What has become of an event's personal words.
    enum Fate: Sendable {
        case gone
        case open
        /// Either is right: it was sent about when the fence went up, or nothing told whose it is.
        case either
    }

    private(set) var sent: [Sent] = []
    private(set) var asked: [Asked] = []
    private var count = 0
    /// Several people use it.
    let sharedClients: [String: Set<Int>]

    init(sharedClients: [String: Set<Int>]) { self.sharedClients = sharedClients }

    mutating func next() -> Int {
        count += 1
        return count
    }

    mutating func take(_ events: [Sent]) {
        for var event in events {
            event.number = next()
            sent.append(event)
        }
    }

    mutating func take(_ request: Asked) { asked.append(request) }

    /// Goes back to what a backup has; the requests since are kept, or returned to be sent again.
    mutating func goBack(to backup: StormTruth, keepingRequests: Bool) -> [Asked] {
        let later = asked.filter { request in !backup.asked.contains { $0.number == request.number } }
        (sent, asked) = (backup.sent, backup.asked + (keepingRequests ? later : []))
        return keepingRequests ? [] : later
    }

    // MARK: Requests

    /// What a request finds, by the rules that the guide on data protection states.
    mutating func request(
        _ act: StormPlan.Act, _ person: Int, naming traits: Set<Trait>, orders: Set<Int64>?
    ) -> Asked {
        let number = next()
        let earlier = asked.filter { $0.person == person }
        let first = earlier.map(\.number).min() ?? .max
        // What came after a first request may have come without a word; what that one has erased is found no more.
        let readable = sent.filter { event in
            event.person == person && event.owner == nil && event.number < first
                && (earlier.isEmpty || isUnlisted(event, earlier))
        }
        var found = traits
        let vouched = readable.filter(\.isVouched)
        // Everybody here has a customer's number, to which each of the others leads.
        if vouched.contains(where: { $0.traits.contains(.customer) && !$0.traits.isDisjoint(with: found) }) {
            found.insert(.customer)
        }
        var isGrowing = true
        while isGrowing {
            let before = found.count
            for event in vouched where !event.traits.isDisjoint(with: found) {
                if let orders, let order = event.order, !orders.contains(order) { continue }
                found.formUnion(event.traits)
            }
            isGrowing = found.count > before
        }
        // A browser goes along where all that was done there is the person's for sure.
        let sure = found
        let browsers = Dictionary(grouping: readable.filter { $0.client != nil && !$0.traits.isEmpty }) {
            $0.client ?? ""
        }
        let clients = Set(browsers.filter { $0.value.allSatisfy { $0.traits.isSubset(of: sure) } }.keys)
        return Asked(act: act, person: person, traits: found, clients: clients, orders: orders, number: number)
    }

    private func isUnlisted(_ event: Sent, _ requests: [Asked]) -> Bool {
        guard let order = event.order else { return false }
        return requests.allSatisfy { $0.orders.map { !$0.contains(order) } ?? false }
    }

    // MARK: What follows

    func fate(_ event: Sent) -> Fate {
        let requests = asked.filter { $0.person == event.person }
        let first = requests.map(\.number).min()
        if event.traits.isEmpty { return fateOfBrowser(event, requests) }
        guard let first else { return .open }
        if let owner = event.owner { return requests.contains { $0.traits.contains(owner) } ? .gone : .either }
        if isUnlisted(event, requests) { return event.number < first ? .open : .either }
        return requests.contains { request in
            event.isVouched
                ? !request.traits.isDisjoint(with: event.traits) : event.keyed.map(request.traits.contains) ?? false
        } ? .gone : .either
    }

    private func fateOfBrowser(_ event: Sent, _ requests: [Asked]) -> Fate {
        guard let client = event.client else { return .either }
        if let sharing = sharedClients[client] {
            return asked.contains { sharing.contains($0.person) } ? .either : .open
        }
        guard !requests.isEmpty else { return .open }
        return requests.contains { $0.clients.contains(client) && event.number < $0.number } ? .gone : .either
    }

    /// Persons of whom nothing at all may be left.
    var forgotten: Set<Int> {
        Set(asked.map(\.person)).filter { person in
            sent.allSatisfy { event in
                if event.person == person, case .gone = fate(event) { true } else { event.person != person }
            }
        }
    }

    /// Persons who never asked and of whom something is known.
    var others: Set<Int> {
        Set(sent.filter { !$0.traits.isEmpty }.map(\.person)).subtracting(asked.map(\.person))
    }

    /// Events of the pixel and the widget, by name.
    var names: [String: Int] {
        // Shopify's topics have a stroke.
        Dictionary(grouping: sent.filter { !$0.name.contains("/") }, by: \.name).mapValues(\.count)
    }
    /// One lead a person, however often contact was left. Who is forgotten and leaves it again may be one more, or none:
    /// that hangs on when the fence went up.
    var leads: ClosedRange<Int> {
        let first = Dictionary(grouping: asked, by: \.person).compactMapValues { $0.map(\.number).min() }
        let left = Dictionary(grouping: sent.filter { $0.name == "lead" }, by: \.person)
        let sure = left.count(where: { one in one.value.contains { $0.number < first[one.key] ?? .max } })
        let again = left.count(where: { one in one.value.contains { $0.number > first[one.key] ?? .max } })
        return sure...(sure + again)
    }
    var visits: Int { sent.count(where: \.isVisit) }
    var orders: Set<Int64> { Set(sent.filter(\.isOrder).compactMap(\.order)) }
}

internal import EventModel
internal import Pipelines

/// Gathers the handles of one event: whose data it is. Its storage is used again by the next event.
struct HandleCollector {
    /// Named by the pipeline's pointers or by the app proxy.
    private(set) var named: [Handle] = []
    /// The kinds of those, a bit each.
    private var namedKinds: UInt16 = 0
    /// Addresses and numbers that stand in free texts: perhaps the writer's, perhaps another one's.
    private(set) var swept: [Handle] = []
    /// Named where the customer's own address and number stand. The first ones.
    private(set) var own: [Handle] = []
    /// The event says what the customer's own e-mail is, or that there is none.
    private var tellsOwnEmail = false
    /// The named ones, once they are too many to look through.
    private var many: Set<Handle> = []
    /// Addresses and numbers that have been hashed already, as they were written, one behind the other. The first ones:
    /// one that is not among them is hashed again.
    private var addresses: [UInt8] = []
    private var addressEnds: [Int] = []
    private var normal: [UInt8] = []

    /// Forgets the event before.
    mutating func clear() {
        self.named.empty()
        self.namedKinds = 0
        self.swept.empty()
        self.own.empty()
        self.tellsOwnEmail = false
        if !self.many.isEmpty { self.many = [] }
        self.addresses.empty()
        self.addressEnds.empty()
    }

    /// Takes the values of `matches`, whose rules name a kind of handle. Without consent (`takesClient` false) client ids
    /// are left out.
    mutating func collect(
        _ matches: [JSONMatch], _ rules: [FieldRule], _ body: Span<UInt8>, _ known: inout KnownHandles,
        takesClient: Bool
    ) {
        for match in matches {
            let rule = rules[match.pointer]
            guard let kind = rule.handle else { continue }
            if rule.isCustomersOwn, kind == .email { self.tellsOwnEmail = true }
            guard match.type == .string || match.type == .number else { continue }
            if kind == .email || kind == .phone { self.note(body, match) }
            guard kind != .client || takesClient, let handle = known.handle(kind, body, match) else { continue }
            self.add(handle)
            if rule.isCustomersOwn, self.own.count < SealedHead.handlesMax { self.own.append(handle) }
        }
    }

    /// The e-mails of a customer's purchase that are told not to be the customer's own; none where the event does not say
    /// what that is.
    var contacts: [Handle] {
        guard self.tellsOwnEmail, NamedEvent.isCustomersPurchase(self.named) else { return [] }
        return self.named.filter { $0.kind == .email && !self.own.contains($0) }
    }

    /// Takes a value as a handle of `kind`.
    mutating func add(_ kind: HandleKind, _ body: Span<UInt8>, _ match: JSONMatch, _ known: inout KnownHandles) {
        if let handle = known.handle(kind, body, match) { self.add(handle) }
    }

    /// Takes the customer that the app proxy vouches for.
    mutating func prove(_ customerID: [UInt8]?, _ shop: ShopContext) {
        if let customerID, let handle = shop.handle(.customer, customerID) { self.add(handle) }
    }

    /// True while an address or a number out of a free text may be added: the first ones count, where there are too many.
    var takesMore: Bool { self.named.count + self.swept.count < SealedHead.handlesMax }

    /// Takes an address or a number found in a free text, unless the event names it anyway.
    mutating func add(swept address: [UInt8], as kind: HandleKind, _ shop: ShopContext) {
        guard self.takesMore, !self.hasHashed(address.span) else { return }
        self.note(address.span)
        guard let handle = shop.handle(kind, address.span, normal: &self.normal), !self.isNamed(handle),
            !self.swept.contains(handle)
        else { return }
        self.swept.append(handle)
    }

    /// True when `address` gave its handle already, written like this.
    func hasHashed(_ address: Span<UInt8>) -> Bool {
        var start = 0
        for end in self.addressEnds {
            if self.addresses.span.extracting(start..<end).isEqual(address) { return true }
            start = end
        }
        return false
    }

    /// Writes all handles, each once, the one that owns the event's key first. Sorted by kind and otherwise as they stand
    /// in the event, so that the owner does not depend on chance. An address out of a free text owns only what belongs to
    /// no person and no purchase.
    func write(to handles: inout [Handle]) {
        for kind in Self.kinds where self.namedKinds & Self.bit(kind) != 0 || kind == .checkout {
            for handle in self.named where handle.kind == kind { handles.append(handle) }
            if kind == .checkout, !self.swept.isEmpty { handles.append(contentsOf: self.swept) }
        }
        if handles.count > SealedHead.handlesMax { handles.removeSubrange(SealedHead.handlesMax...) }
    }

    private static let kinds = HandleKind.allCases

    private static func bit(_ kind: HandleKind) -> UInt16 { 1 << UInt16(kind.rawValue) }

    /// The handles whose erasure makes the event's personal values go: a free text that mentions somebody else does not
    /// count where the event names a person. Where it names a purchase only, whoever bought is not known by now, and may
    /// well be who is mentioned: nothing of an erased person is stored on the guess that it was another.
    var accountable: [Handle] {
        self.named.contains { $0.kind != .order && $0.kind < .checkout } ? self.named : self.named + self.swept
    }

    private mutating func note(_ body: Span<UInt8>, _ match: JSONMatch) {
        guard match.type == .string else { return self.note(body.extracting(match.range)) }
        let inner = body.extracting(match.start + 1..<match.end - 1)
        if ByteFinder.first(UInt8(ascii: "\\"), in: inner, from: 0, to: inner.count) == inner.count {
            self.note(inner)
        } else {
            self.note(JSONText.content(body, match).span)
        }
    }

    private mutating func note(_ address: Span<UInt8>) {
        guard self.addressEnds.count < SealedHead.handlesMax, !self.hasHashed(address) else { return }
        self.addresses.append(address)
        self.addressEnds.append(self.addresses.count)
    }

    private mutating func add(_ handle: Handle) {
        if self.isNamed(handle) { return }
        self.named.append(handle)
        self.namedKinds |= Self.bit(handle.kind)
        // Looking through all of them for each would let one event cost seconds.
        if self.named.count == SealedHead.handlesMax { self.many = Set(self.named) }
        if self.named.count > SealedHead.handlesMax { self.many.insert(handle) }
    }

    private func isNamed(_ handle: Handle) -> Bool {
        self.many.isEmpty ? self.named.contains(handle) : self.many.contains(handle)
    }
}

/// Finds the client id that the widget leaves in a cart's list of attributes.
enum ClientAttributes {
    /// Appends the values whose names are the pipeline's.
    static func find(
        _ matches: ArraySlice<JSONMatch>, _ pipeline: SourcePipeline, _ body: Span<UInt8>,
        into values: inout [JSONMatch]
    ) {
        var item: Range<Int>?
        var isNamed = false
        var value: JSONMatch?
        for match in matches {
            guard let role = pipeline.attributeRoles[match.pointer] else { continue }
            switch role {
            case .item:
                if isNamed, let value { values.append(value) }
                (item, isNamed, value) = (match.range, false, nil)
            case .name where item?.contains(match.start) ?? false:
                isNamed = JSONText.string(body, match) == pipeline.clientAttribute
            case .value where item?.contains(match.start) ?? false:
                value = match
            default:
                continue
            }
        }
        if isNamed, let value { values.append(value) }
    }
}

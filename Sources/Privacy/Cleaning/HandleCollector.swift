internal import EventModel
internal import Pipelines

/// Gathers the handles of one event: whose data it is.
struct HandleCollector {
    private let shop: ShopContext
    private let origin: RequestOrigin?
    private let takesClient: Bool
    /// Named by the pipeline's pointers or by the app proxy.
    private(set) var named: [Handle] = []
    /// Addresses and numbers that stand in free texts: perhaps the writer's, perhaps another one's.
    private(set) var swept: [Handle] = []
    /// Addresses and numbers that have been hashed already, as they were written.
    private var addresses: [[UInt8]] = []

    /// Without consent (`takesClient` false) client ids are left out.
    init(shop: ShopContext, origin: RequestOrigin?, takesClient: Bool) {
        self.shop = shop
        self.origin = origin
        self.takesClient = takesClient
    }

    /// Takes the values whose rules name a kind of handle.
    mutating func collect(_ matches: ArraySlice<JSONMatch>, _ definition: EventDefinition, _ body: Span<UInt8>) {
        for match in matches where match.type == .string || match.type == .number {
            if let kind = definition.rules[match.pointer].handle { self.add(kind, body, match) }
        }
    }

    /// Takes the client id from lists of attributes.
    mutating func collectAttributes(
        _ matches: ArraySlice<JSONMatch>, _ pipeline: SourcePipeline, _ body: Span<UInt8>
    ) {
        for value in ClientAttributes.values(matches, pipeline, body) where value.type == .string {
            self.add(.client, body, value)
        }
    }

    /// Takes the customer that the app proxy vouches for.
    mutating func prove(_ customerID: [UInt8]?) {
        if let customerID, let handle = self.shop.handle(.customer, customerID) { self.add(handle) }
    }

    /// Takes an address or a number found in a free text, unless the event names it anyway; the first ones, where there are too many.
    mutating func add(swept address: [UInt8], as kind: HandleKind = .email) {
        guard self.named.count + self.swept.count < SealedHead.handlesMax, !self.addresses.contains(address) else {
            return
        }
        self.addresses.append(address)
        guard let handle = self.shop.handle(kind, address), !self.named.contains(handle),
            !self.swept.contains(handle)
        else { return }
        self.swept.append(handle)
    }

    /// True when `address` gave its handle already, written like this.
    func hasHashed(_ address: Span<UInt8>) -> Bool {
        self.addresses.contains { known in
            known.count == address.count && known.indices.allSatisfy { known[$0] == address[$0] }
        }
    }

    /// All handles, each once, the one that owns the event's key first; never empty. Sorted by kind and otherwise as they
    /// stand in the event, so that the owner does not depend on chance. An address out of a free text owns only what
    /// belongs to no person and no purchase.
    func handles(event: Key128) -> [Handle] {
        var sorted: [Handle] = []
        for kind in HandleKind.allCases {
            for handle in self.named where handle.kind == kind { sorted.append(handle) }
            if kind == .checkout { sorted += self.swept }
        }
        return sorted.isEmpty ? [self.shop.eventHandle(event)] : Array(sorted.prefix(SealedHead.handlesMax))
    }

    /// The handles whose erasure makes the event's personal values go: a free text that mentions somebody else does not
    /// count where the event names a person. Where it names a purchase only, whoever bought is not known by now, and may
    /// well be who is mentioned: nothing of an erased person is stored on the guess that it was another.
    var accountable: [Handle] {
        self.named.contains { $0.kind != .order && $0.kind < .checkout } ? self.named : self.named + self.swept
    }

    private mutating func add(_ kind: HandleKind, _ body: Span<UInt8>, _ match: JSONMatch) {
        if kind == .email || kind == .phone { self.addresses.append(JSONText.content(body, match)) }
        guard kind != .client || self.takesClient else { return }
        let handle =
            if let origin { origin.handle(kind, body, match, in: self.shop) } else {
                self.shop.handle(kind, JSONText.content(body, match))
            }
        if let handle { self.add(handle) }
    }

    private mutating func add(_ handle: Handle) {
        if !self.named.contains(handle) { self.named.append(handle) }
    }
}

/// Finds the client id that the widget leaves in a cart's list of attributes.
enum ClientAttributes {
    /// The values whose names are the pipeline's.
    static func values(
        _ matches: ArraySlice<JSONMatch>, _ pipeline: SourcePipeline, _ body: Span<UInt8>
    ) -> [JSONMatch] {
        var values: [JSONMatch] = []
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
        return values
    }
}

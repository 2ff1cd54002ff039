internal import EventModel
internal import Pipelines

/// Gathers the handles of one event: whose data it is.
struct HandleCollector {
    private let shop: ShopContext
    private let takesClient: Bool
    private var found: [Handle] = []

    /// Without consent (`takesClient` false) client ids are left out.
    init(shop: ShopContext, takesClient: Bool) {
        self.shop = shop
        self.takesClient = takesClient
    }

    /// Takes the values whose rules name a kind of handle.
    mutating func collect(_ matches: ArraySlice<JSONMatch>, _ definition: EventDefinition, _ body: Span<UInt8>) {
        for match in matches where match.type == .string || match.type == .number {
            if let kind = definition.rules[match.pointer].handle { self.add(kind, JSONText.content(body, match)) }
        }
    }

    /// Takes the client id from lists of attributes.
    mutating func collectAttributes(
        _ matches: ArraySlice<JSONMatch>, _ pipeline: SourcePipeline, _ body: Span<UInt8>
    ) {
        var item: Range<Int>?
        var isNamed = false
        var value: JSONMatch?
        for match in matches {
            guard let role = pipeline.attributeRoles[match.pointer] else { continue }
            switch role {
            case .item:
                self.addAttribute(isNamed, value, body)
                (item, isNamed, value) = (match.range, false, nil)
            case .name where item?.contains(match.start) ?? false:
                isNamed = JSONText.string(body, match) == pipeline.clientAttribute
            case .value where item?.contains(match.start) ?? false:
                value = match
            default:
                continue
            }
        }
        self.addAttribute(isNamed, value, body)
    }

    /// All handles, each once, the one that owns the event's key first; never empty.
    func handles(proven customerID: [UInt8]?, event: Key128) -> [Handle] {
        var all = self.found
        if let customerID, let handle = self.shop.handle(.customer, customerID), !all.contains(handle) {
            all.append(handle)
        }
        // Sorted by kind and otherwise as they stand in the event, so that the owner does not depend on chance.
        let sorted = HandleKind.allCases.flatMap { kind in all.filter { $0.kind == kind } }
        return sorted.isEmpty ? [self.shop.eventHandle(event)] : Array(sorted.prefix(SealedHead.handlesMax))
    }

    private mutating func addAttribute(_ isNamed: Bool, _ value: JSONMatch?, _ body: Span<UInt8>) {
        if isNamed, let value, value.type == .string { self.add(.client, JSONText.content(body, value)) }
    }

    private mutating func add(_ kind: HandleKind, _ text: [UInt8]) {
        guard kind != .client || self.takesClient, let handle = self.shop.handle(kind, text) else { return }
        if !self.found.contains(handle) { self.found.append(handle) }
    }
}

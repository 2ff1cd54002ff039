internal import EventModel
internal import Pipelines
internal import Privacy

/// Storage for the events of one request, used again by the next.
struct EventScratch {
    var identity = IdentityBytes()
    var name: [UInt8] = []
    var results: [EventResult] = []
    var clean = CleanEvent()
    var fields = EventFields()
    /// Identities that were new, to be forgotten when the append fails.
    var newKeys = NewIdentities()
    /// Refused events by reason; few in number.
    var refused: [DropReason: Int] = [:]
    /// Some event was not simply taken.
    var isMixed = false

    mutating func clear() {
        results.removeAll(keepingCapacity: true)
        newKeys = NewIdentities()
        if !refused.isEmpty { refused.removeAll() }
        isMixed = false
    }
}

/// Identities of one request; most requests have one, which then needs no array.
struct NewIdentities {
    private var first: Key128?
    private var others: [Key128] = []

    mutating func append(_ key: Key128) {
        if first == nil { first = key } else { others.append(key) }
    }

    func forEach(_ body: (Key128) -> Void) {
        if let first { body(first) }
        for key in others { body(key) }
    }
}

/// What one event of a request came to.
struct EventResult {
    enum Status {
        case accepted, duplicate, quarantined
        case refused(DropReason)
    }

    let status: Status
    /// Where the event's id stands in the body.
    let id: JSONMatch?

    /// The words of the answer.
    var word: String {
        switch status {
        case .accepted: "accepted"
        case .duplicate: "duplicate"
        case .quarantined: "quarantined"
        case .refused: "refused"
        }
    }

    var reason: DropReason? {
        switch status {
        case .accepted, .duplicate: nil
        case .quarantined: .idConflict
        case .refused(let reason): reason
        }
    }
}

/// The keys of the shops that a loop sees, ready for use. Bounded: a shop that was not seen for long is set up again.
struct ShopContexts {
    private var young: [ShopID: ShopState] = [:]
    private var old: [ShopID: ShopState] = [:]

    /// Shops of one generation; a shop's contexts have about 5 KB.
    private static let generationMax = 2_048

    mutating func state(of tenant: Tenant, gateway: Gateway) -> ShopState {
        if let state = young[tenant.id], state.tenant.keys.content == tenant.keys.content { return state }
        let kept = old.removeValue(forKey: tenant.id)
        let state = kept?.tenant.keys.content == tenant.keys.content ? kept : nil
        if young.count >= Self.generationMax {
            old = young
            young.removeAll(keepingCapacity: true)
        }
        let found = state ?? ShopState(tenant: tenant)
        young[tenant.id] = found
        return found
    }
}

/// One shop's keys on one loop.
final class ShopState {
    let tenant: Tenant
    let context: ShopContext

    init(tenant: Tenant) {
        self.tenant = tenant
        self.context = ShopContext(shop: tenant.id, keys: tenant.keys)
    }
}

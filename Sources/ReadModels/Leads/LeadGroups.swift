internal import EventModel

/// One lead per handle: brings aggregates together that share one, in whatever order they come.
struct LeadGroups {
    private var all: [(shop: ShopID, state: LeadState)?] = []
    /// Where each handle's aggregate is.
    private var places: [LeadKey: Int] = [:]

    /// Takes one in, with all that it connects.
    mutating func add(_ state: LeadState, of shop: ShopID) {
        var state = state
        for handle in state.handles {
            guard let place = places[LeadKey(shop: shop, handle: handle)], let other = all[place] else { continue }
            state.merge(other.state)
            all[place] = nil
        }
        for handle in state.handles { places[LeadKey(shop: shop, handle: handle)] = all.count }
        all.append((shop, state))
    }

    /// Takes a submission in. Where the lead would have more than `LeadState.handlesMax` handles, the submission is its
    /// first handle's (the e-mail, else the phone) and connects nothing: which leads are one then depends on the order
    /// of the log, as nowhere else.
    mutating func add(submission: LeadState, of shop: ShopID) {
        var state = submission
        let known = state.handles.compactMap { handle in
            places[LeadKey(shop: shop, handle: handle)].flatMap { all[$0]?.state.handles }
        }
        let together = known.reduce(state.handles) { $0.union($1) }
        // A lead of before may have more, and keeps them.
        if together.count > max(LeadState.handlesMax, known.map(\.count).max() ?? 0) { state.keepFirstHandle() }
        add(state, of: shop)
    }

    /// What there is, each by what it is known by.
    var leads: [LeadKey: LeadState] {
        let found = all.compactMap { $0 }
        return Dictionary(
            uniqueKeysWithValues: found.map { (LeadKey(shop: $0.shop, handle: $0.state.first.value.handle), $0.state) })
    }
}

internal import EventModel

/// All that is known of one order: the newest payload, and its refunds, edits and transactions by their ids, each as its
/// own newest payload says. A pure merge: any order and any repetition of the same events gives the same state.
struct OrderState: Equatable {
    var snapshot: OrderSnapshot?
    /// Keyed hash of the order's id.
    var handle: Key128?
    /// Of what was erased, nothing comes back.
    var erasure: OrderErasure?
    /// For ever: what comes later in the log does not bring it back.
    var isDeleted = false
    /// What all payloads together showed.
    var history = OrderHistory()
    private(set) var refunds: [Int64: OrderRefund] = [:]
    private(set) var edits: [Int64: OrderEdit] = [:]
    private(set) var transactions: [Int64: OrderTransaction] = [:]

    mutating func merge(_ other: OrderSnapshot) {
        history.note(other)
        let other = erasure?.applied(to: other) ?? other
        if let snapshot, snapshot.version >= other.version { return }
        snapshot = other
    }

    mutating func merge(_ refund: OrderRefund) {
        if let known = refunds[refund.id], known.version >= refund.version { return }
        refunds[refund.id] = refund
    }

    mutating func merge(_ edit: OrderEdit) {
        if let known = edits[edit.id], known.version >= edit.version { return }
        edits[edit.id] = edit
    }

    mutating func merge(_ transaction: OrderTransaction) {
        if let known = transactions[transaction.id], known.version >= transaction.version { return }
        transactions[transaction.id] = transaction
    }

    /// In the order in which they happened.
    var refundsInOrder: [OrderRefund] { refunds.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) } }
    /// In the order in which they happened.
    var editsInOrder: [OrderEdit] { edits.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) } }
    /// By id.
    var transactionsInOrder: [OrderTransaction] { transactions.values.sorted { $0.id < $1.id } }
}

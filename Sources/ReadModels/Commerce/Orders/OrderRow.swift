internal import EventModel

/// An order with its ledger, as the tables show it.
struct OrderRow {
    let id: OrderID
    let order: OrderSnapshot
    let handle: Key128?
    let isDeleted: Bool
    let refunds: [OrderRefund]
    let transactions: [OrderTransaction]
    /// As ordered and edited.
    let sold: SalesAmounts
    private let ledger: OrderLedger

    /// nil while no payload of the order has come.
    init?(_ id: OrderID, _ state: OrderState) {
        guard let ledger = OrderLedger(state) else { return nil }
        self.id = id
        self.ledger = ledger
        order = ledger.order
        handle = state.handle
        isDeleted = state.isDeleted
        refunds = state.refundsInOrder
        transactions = state.transactionsInOrder
        sold = ledger.entries.filter { !$0.kind.isReturn }.map(\.amounts).reduce(SalesAmounts(), +)
    }

    /// Test and deleted orders have none.
    var entries: [LedgerEntry] { isDeleted || order.isTest ? [] : ledger.entries }

    /// By all refunds.
    var refunded: Int64 { refunds.map(amount).saturatedSum(to: SalesAmounts.limit) }

    /// Of one refund, in all.
    func amount(of refund: OrderRefund) -> Int64 { OrderLedger.value(of: refund, in: order) }

    /// The same in the shopper's currency; nil where nothing says it.
    func presentmentAmount(of refund: OrderRefund) -> Int64? {
        OrderLedger.presentmentValue(of: refund, in: order)
    }

    /// In minor units of its currency, the shopper's; nil where nothing says it.
    func presentment(of payment: OrderTransaction) -> (amount: Int64, currency: String)? {
        if let amount = payment.presentment { return (amount, payment.presentmentCurrency) }
        return payment.currency == order.presentmentCurrency ? (payment.amount, payment.currency) : nil
    }

    /// Of a line without what refunds and edits took; as the payload says, else what the ledger leaves.
    func currentQuantity(of line: OrderLine) -> Int64 {
        line.currentQuantity ?? max(0, ledger.left[line.id]?.quantity ?? 0)
    }
}

internal import EventModel

/// What one payload shows of an order's units and of their money: whatever an edit can change.
struct OrderView: Equatable {
    /// A position.
    struct Line: Equatable {
        var id: Int64 = 0
        var product: Int64?
        var variant: Int64?
        /// Ordered and added.
        var units: Int64 = 0
        /// Of them returned by refunds or taken away by edits; nil where the payload does not say.
        var gone: Int64?
        /// All units, gone ones too.
        var sold = LineSales()
    }

    var lines: [Line] = []
    /// Prices are without discount and before tax.
    var shipping: [ShippingLine] = []

    init() {}

    init(_ order: OrderSnapshot) {
        let sales = order.sales()
        lines = zip(order.lines, sales.lines).map { line, sold in
            Line(
                id: line.id, product: line.product, variant: line.variant, units: line.quantity,
                gone: line.currentQuantity.map { line.quantity - $0 }, sold: sold)
        }
        shipping = sales.shipping
    }
}

/// What an order's payloads showed, instant by instant: tells on which day an edit changed what. A pure merge: any
/// order and any repetition of the same payloads gives the same history.
struct OrderHistory: Equatable {
    /// The view of the best payload of one instant.
    struct Step: Equatable {
        var version = PayloadVersion()
        var view = OrderView()
    }

    /// The earliest instants are kept. Each delivery of an order is one, and few orders have as many; what the later
    /// ones change counts on the day of the newest payload.
    static let stepsMax = 100

    /// Their times rise.
    private(set) var steps: [Step] = []

    init(steps: [Step] = []) { self.steps = steps }

    /// Adds what a payload shows of the state at its version's time.
    mutating func note(_ order: OrderSnapshot) {
        let version = order.version.ofNobody
        let place = steps.firstIndex { $0.version.time >= version.time } ?? steps.endIndex
        guard place < Self.stepsMax else { return }
        if place < steps.endIndex, steps[place].version.time == version.time {
            if steps[place].version < version { steps[place] = Step(version: version, view: OrderView(order)) }
            return
        }
        steps.insert(Step(version: version, view: OrderView(order)), at: place)
        if steps.count > Self.stepsMax { steps.removeLast() }
    }

    /// The views one after the other, up to the newest payload's; never empty, and no two in a row are equal.
    func runs(to newest: OrderSnapshot) -> [OrderRun] {
        var runs: [OrderRun] = []
        for step in steps + [Step(version: newest.version, view: OrderView(newest))] {
            if let last = runs.last, last.view == step.view {
                runs[runs.count - 1].last = step.version.time
            } else {
                runs.append(OrderRun(step.view, at: step.version.time, after: runs.last))
            }
        }
        return runs
    }
}

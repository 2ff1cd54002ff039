/// A view that payloads showed for a while.
struct OrderRun {
    /// A position as the payloads up to the view's show it.
    ///
    /// Shopify goes on counting units that an edit took away in `quantity`, and `current_quantity` tells of them. Where
    /// a payload counts fewer than the one before, or no longer lists the position, the difference was taken away just
    /// so, and is still worth what it was: past days stay as they are.
    struct Line {
        /// Nothing of a position that is not listed.
        private(set) var shown: OrderView.Line
        private var lost: Int64 = 0
        private var lostSales = LineSales()

        init(_ shown: OrderView.Line) { self.shown = shown }

        /// Ordered and added; never fewer than before.
        var units: Int64 { shown.units + lost }
        /// Of them returned or taken away, as far as the payloads say.
        var gone: Int64 { (shown.gone ?? 0) + lost }
        /// All but those; nil where the payload does not say.
        var current: Int64? { shown.gone.map { shown.units - $0 } }
        /// All units, gone ones too.
        var sold: LineSales { shown.sold + lostSales }

        /// The position in the next view; nil where that does not list it.
        func followed(by next: OrderView.Line?) -> Line {
            let next = next ?? OrderView.Line(id: shown.id, product: shown.product, variant: shown.variant, gone: 0)
            var line = self
            if next.units < shown.units {
                line.lost += shown.units - next.units
                line.lostSales = lostSales + LineSales(shown.sold.part(next.units, shown.units, of: shown.units))
            }
            line.shown = next
            return line
        }
    }

    let view: OrderView
    /// Of the first payload and the last one that showed it, Unix milliseconds.
    let at: Int64
    var last: Int64
    /// By id, those of earlier views too.
    let lines: [Int64: Line]
    /// By id.
    let shipping: [Int64: ShippingLine]

    init(_ view: OrderView, at: Int64, after before: OrderRun?) {
        self.view = view
        self.at = at
        last = at
        let shown = Dictionary(view.lines.map { ($0.id, $0) }) { first, _ in first }
        let known = (before?.lines ?? [:]).mapValues { $0.followed(by: shown[$0.shown.id]) }
        lines = known.merging(shown.mapValues(Line.init)) { first, _ in first }
        shipping = Dictionary(view.shipping.map { ($0.id, $0) }) { first, _ in first }
    }
}

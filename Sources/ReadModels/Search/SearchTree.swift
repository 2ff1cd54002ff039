internal import EventModel

extension SearchQuery {
    /// Writes the tree as Shopify shows it in `extensions.search[].parsed`: ranges first, times of known fields
    /// resolved in the shop's zone; `null` for an empty search.
    package func writeTree(_ writer: inout JSONWriter, _ fields: SearchFields, _ context: SearchContext) {
        guard let tree else { return writer.null() }
        SearchTreeWriter(fields: fields, context: context).write(tree, &writer)
    }
}

private struct SearchTreeWriter {
    let fields: SearchFields
    let context: SearchContext

    func write(_ node: SearchNode, _ writer: inout JSONWriter) {
        switch node {
        case .term(let term):
            writer.object { writer in
                writer.member("field", term.fieldName)
                let (name, value) = shown(term)
                writer.member(name, value)
            }
        case .not(let inner): group("not", [inner], &writer)
        case .and(let nodes): group("and", nodes.filter(isRange) + nodes.filter { !isRange($0) }, &writer)
        case .or(let nodes): group("or", nodes, &writer)
        }
    }

    private func group(_ name: String, _ nodes: [SearchNode], _ writer: inout JSONWriter) {
        writer.object { $0.member(name) { $0.array(nodes) { self.write($1, &$0) } } }
    }

    private func isRange(_ node: SearchNode) -> Bool {
        if case .term(let term) = node { term.comparison != .equal } else { false }
    }

    private func shown(_ term: SearchTerm) -> (String, String) {
        var time: SearchTime?
        if let field = term.field.flatMap({ fields.fields[$0] }), case .time = field.values {
            time = SearchTime(term.value, context)
        }
        let value =
            time.map { text($0) } ?? (term.form == .prefix || term.form == .exists ? term.value + "*" : term.value)
        switch term.comparison {
        case .equal: return (term.form == .phrase ? "match_phrase" : "match_all", value)
        // Recorded so: Shopify shows an end in time as inclusive.
        case .less: return (time == nil ? "range_lt" : "range_lte", value)
        case .lessOrEqual: return ("range_lte", value)
        case .greater: return ("range_gt", value)
        case .greaterOrEqual: return ("range_gte", value)
        }
    }

    /// `2026-01-01T00:00:00-05:00`.
    private func text(_ time: SearchTime) -> String {
        let offset = context.zone.offset(at: time.start.flooredDivision(Slot.millis))
        let minutes = abs(offset) / 60
        let sign = offset < 0 ? "-" : "+"
        let local = Timestamp.text(time.start + offset * 1000).prefix(19)
        return "\(local)\(sign)\(CalendarDay.pad(minutes / 60, 2)):\(CalendarDay.pad(minutes % 60, 2))"
    }
}

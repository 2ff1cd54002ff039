/// A tree of conditions over columns: each was decided once per different value, and is looked up by code for each row.
indirect enum RowFilter {
    /// Rows whose code in a column is accepted, which is 1.
    case codes(VisitColumn, CodeSet)
    case all([RowFilter])
    case any([RowFilter])
    case not(RowFilter)
    /// Rows with one of these bits of `VisitAction`.
    case hasDone(UInt8)

    /// Decides the conditions of a tree for the values that the columns have.
    init(_ node: FilterNode, _ columns: ShopColumns, _ matcher: PatternMatcher) throws {
        switch node {
        case .leaf(let leaf):
            guard let column = leaf.dimension.visitColumn else { preconditionFailure("a filter of another grain") }
            self = .codes(column, CodeSet(try leaf.accepted(columns.texts[column.rawValue].values, matcher)))
        case .all(let nodes): self = .all(try nodes.map { try RowFilter($0, columns, matcher) })
        case .any(let nodes): self = .any(try nodes.map { try RowFilter($0, columns, matcher) })
        case .not(let node): self = .not(try RowFilter(node, columns, matcher))
        case .hasDone(let bits): self = .hasDone(bits)
        }
    }

    /// Takes rows that do not satisfy it out of `mask`, which has a byte for each of the rows.
    func narrow(_ mask: inout [UInt8], _ columns: ShopColumns, _ rows: Range<Int>) {
        switch self {
        case .all(let filters): for filter in filters { filter.narrow(&mask, columns, rows) }
        case .codes(let column, let codes): columns.texts[column.rawValue].narrow(&mask, rows, to: codes)
        default: Kernels.and(&mask, self.mask(columns, rows))
        }
    }

    /// 1 for each of the rows that satisfies it.
    private func mask(_ columns: ShopColumns, _ rows: Range<Int>) -> [UInt8] {
        switch self {
        case .hasDone(let bits): return Kernels.anyBit(columns.actions[rows], bits)
        case .not(let filter):
            var mask = filter.mask(columns, rows)
            Kernels.not(&mask)
            return mask
        case .codes, .all:
            var mask = [UInt8](repeating: 1, count: rows.count)
            narrow(&mask, columns, rows)
            return mask
        case .any(let filters):
            var mask = [UInt8](repeating: 0, count: rows.count)
            for filter in filters { Kernels.or(&mask, filter.mask(columns, rows)) }
            return mask
        }
    }
}

/// Codes that a condition accepts.
struct CodeSet {
    /// For each code 1 or 0.
    let accepted: [UInt8]
    /// The code that alone is accepted, or alone is not: a comparison is faster than looking up.
    let single: (code: Int, isAccepted: Bool)?

    init(_ accepted: [UInt8]) {
        self.accepted = accepted
        let count = Kernels.count(accepted)
        let odd: UInt8? = count == 1 ? 1 : count == accepted.count - 1 ? 0 : nil
        single = odd.flatMap { odd in accepted.firstIndex(of: odd).map { ($0, odd == 1) } }
    }
}

extension CodeColumn {
    /// Takes rows whose code is not accepted out of the mask.
    fileprivate func narrow(_ mask: inout [UInt8], _ rows: Range<Int>, to codes: CodeSet) {
        switch width {
        case 1: Kernels.narrow(&mask, narrow, rows, to: codes)
        case 2: Kernels.narrow(&mask, middle, rows, to: codes)
        default: Kernels.narrow(&mask, wide, rows, to: codes)
        }
    }
}

extension FilterLeaf {
    /// For each code 1 or 0. Unknown (code 0) is equal to nil only, contains nothing and compares to nothing.
    fileprivate func accepted(_ column: ValueDictionary, _ matcher: PatternMatcher) throws -> [UInt8] {
        let known = values.compactMap { $0 }
        var accepted: [Bool]
        switch operation {
        case .is, .isNot:
            accepted = Array(repeating: false, count: column.count)
            for value in known { if let code = column.knownCode(of: value) { accepted[code] = true } }
            accepted[0] = values.contains(nil)
            if operation == .isNot { accepted = accepted.map { !$0 } }
        case .contains:
            let parts = known.map { TextSearch($0) }
            accepted = (0..<column.count).map { code in
                let text = column.text(code).lowercased()
                return code != 0 && parts.contains { $0.finds(in: text) }
            }
        case .matches:
            let texts = (0..<column.count).map { column.text($0) }
            accepted = Array(repeating: false, count: column.count)
            for pattern in known {
                let found = try matcher.matches(texts, pattern, pointer)
                for code in 1..<max(1, column.count) where found[code] { accepted[code] = true }
            }
        case .gt, .gte, .lt, .lte, .between:
            accepted = (0..<column.count).map { $0 != 0 && compares(column.text($0), known) }
        }
        return accepted.map { $0 ? 1 : 0 }
    }

    /// By code points, the order of UTF-8 bytes.
    private func compares(_ text: String, _ values: [String]) -> Bool {
        func isLess(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
        switch operation {
        case .gt: return isLess(values[0], text)
        case .gte: return !isLess(text, values[0])
        case .lt: return isLess(text, values[0])
        case .lte: return !isLess(values[0], text)
        default: return !isLess(text, values[0]) && !isLess(values[1], text)
        }
    }
}

/// Evaluates a tree of conditions over columns: each condition once per different value, then once per row by code.
struct FilterMask {
    let columns: ShopColumns
    let matcher: PatternMatcher

    /// Takes rows that do not satisfy the node out of `mask`.
    func narrow(_ mask: inout [UInt8], by node: FilterNode) throws {
        switch node {
        case .all(let nodes): for node in nodes { try narrow(&mask, by: node) }
        case .leaf(let leaf): try narrow(&mask, by: leaf)
        default: Kernels.and(&mask, try rows(node))
        }
    }

    /// 1 for each row that satisfies the node.
    private func rows(_ node: FilterNode) throws -> [UInt8] {
        switch node {
        case .hasDone(let bits): return Kernels.anyBit(columns.actions, bits)
        case .not(let node):
            var mask = try rows(node)
            Kernels.not(&mask)
            return mask
        case .leaf, .all:
            var mask = [UInt8](repeating: 1, count: columns.rowCount)
            try narrow(&mask, by: node)
            return mask
        case .any(let nodes):
            var mask = [UInt8](repeating: 0, count: columns.rowCount)
            for node in nodes { Kernels.or(&mask, try rows(node)) }
            return mask
        }
    }

    private func narrow(_ mask: inout [UInt8], by leaf: FilterLeaf) throws {
        guard let column = leaf.dimension.visitColumn else { preconditionFailure("a filter of another grain") }
        let codes = columns.texts[column.rawValue]
        let accepted = try accepted(leaf, codes.values)
        switch codes.width {
        case 1: Kernels.narrow(&mask, codes.narrow, accepted)
        case 2: Kernels.narrow(&mask, codes.middle, accepted)
        default: Kernels.narrow(&mask, codes.wide, accepted)
        }
    }

    /// For each code 1 or 0. Unknown (code 0) is equal to nil only, contains nothing and compares to nothing.
    private func accepted(_ leaf: FilterLeaf, _ values: ValueDictionary) throws -> [UInt8] {
        let known = leaf.values.compactMap { $0 }
        var accepted: [Bool]
        switch leaf.operation {
        case .is, .isNot:
            let wanted = Set(known)
            accepted = (0..<values.count).map { $0 != 0 && wanted.contains(values.text($0)) }
            accepted[0] = leaf.values.contains(nil)
            if leaf.operation == .isNot { accepted = accepted.map { !$0 } }
        case .contains:
            let parts = known.map { $0.lowercased() }
            accepted = (0..<values.count).map { code in
                let text = values.text(code).lowercased()
                return code != 0 && parts.contains { text.contains($0) }
            }
        case .matches:
            let texts = (0..<values.count).map { values.text($0) }
            accepted = Array(repeating: false, count: values.count)
            for pattern in known {
                let found = try matcher.matches(texts, pattern, leaf.pointer)
                for code in 1..<max(1, values.count) where found[code] { accepted[code] = true }
            }
        case .gt, .gte, .lt, .lte, .between:
            accepted = (0..<values.count).map { $0 != 0 && Self.compares(values.text($0), leaf.operation, known) }
        }
        return accepted.map { $0 ? 1 : 0 }
    }

    /// By code points, the order of UTF-8 bytes.
    private static func compares(_ text: String, _ operation: FilterOperator, _ values: [String]) -> Bool {
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

internal import Postgres

extension SearchCompiler {
    /// `5..20` is both ends, each inside; anything else is one comparison.
    mutating func range(
        _ term: SearchTerm,
        _ compare: (inout SearchCompiler, SearchTerm) throws(SearchProblem) -> String
    ) throws(SearchProblem) -> String {
        guard term.comparison == .equal, let dots = term.value.firstRange(of: "..") else {
            return try compare(&self, term)
        }
        var (low, high) = (term, term)
        (low.comparison, low.value) = (.greaterOrEqual, String(term.value[..<dots.lowerBound]))
        (high.comparison, high.value) = (.lessOrEqual, String(term.value[dots.upperBound...]))
        return "\(try compare(&self, low)) and \(try compare(&self, high))"
    }

    mutating func decimal(_ term: SearchTerm, _ column: String, _ exponent: String?) throws(SearchProblem) -> String {
        guard Self.isDecimal(term.value) else { throw invalid(term, "A decimal number such as 20.99 is needed") }
        let value = "\(bind(.text(term.value)))::numeric"
        guard let exponent else { return "\(column) \(term.comparison.rawValue) \(value)" }
        return "\(column) \(term.comparison.rawValue) \(value) * power(10::numeric, \(exponent))"
    }

    private static func isDecimal(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        // 18 digits hold any amount of money, and keep what is compared small.
        return (1...2).contains(parts.count) && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            && (1...18).contains(parts.reduce(0) { $0 + $1.utf8.count })
    }

    /// A year, a day or a second is compared as all of it: `<=2024` is up to the end of 2024.
    mutating func time(_ term: SearchTerm, _ column: String) throws(SearchProblem) -> String {
        guard let time = SearchTime(term.value, context) else {
            throw invalid(term, "A time is `now`, 2024, 2024-05, 2024-05-01 or '2024-05-01T10:30:00Z' in quotes")
        }
        if !time.isPrecise, term.comparison != .less, term.comparison != .greaterOrEqual {
            warn(
                .wholePeriod, term.fieldName,
                "\(term.value) is all of that period in the shop's zone \(context.zone.identifier).")
        }
        switch term.comparison {
        case .less: return "\(column) < \(bind(.timestamp(time.start)))"
        case .lessOrEqual: return "\(column) < \(bind(.timestamp(time.end)))"
        case .greater: return "\(column) >= \(bind(.timestamp(time.end)))"
        case .greaterOrEqual: return "\(column) >= \(bind(.timestamp(time.start)))"
        case .equal:
            let start = bind(.timestamp(time.start))
            return "\(column) >= \(start) and \(column) < \(bind(.timestamp(time.end)))"
        }
    }
}

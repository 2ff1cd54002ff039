import Foundation
import ReadModels

/// What Shopify shows of a saved search: plain conditions as filters, everything else as words to search for. Only a
/// check on trees: the product has no saved searches.
struct SavedSearch {
    private var words: [String] = []
    private var filters: [(key: String, value: String)] = []

    init(_ tree: SearchNode, of text: String) {
        var nodes = [tree]
        if case .and(let inner) = tree { nodes = inner }
        for node in nodes { add(node, text) }
    }

    private mutating func add(_ node: SearchNode, _ text: String) {
        switch node {
        case .term(let term) where term.field == nil && term.form != .exists: words.append(term.value)
        case .term(let term): add(term)
        case .not(.term(let term)): add(negated: term)
        // Its text is shown as it was written, up to the first condition of the whole.
        case .or: words.append(String(text.prefix(upTo: text.range(of: " -")?.lowerBound ?? text.endIndex)))
        case .and, .not: break
        }
    }

    private mutating func add(_ term: SearchTerm) {
        let suffix =
            switch term.comparison {
            case .equal: ""
            case .greater, .greaterOrEqual: "_min"
            case .less, .lessOrEqual: "_max"
            }
        filters.append((term.fieldName + suffix, term.form == .exists ? "true" : term.value))
    }

    private mutating func add(negated term: SearchTerm) {
        var term = term
        switch term.comparison {
        case .equal: return filters.append((term.fieldName + "_not", term.value))
        case .less: term.comparison = .greaterOrEqual
        case .lessOrEqual: term.comparison = .greater
        case .greater: term.comparison = .lessOrEqual
        case .greaterOrEqual: term.comparison = .less
        }
        add(term)
    }

    var json: JSONValue {
        .object([
            "searchTerms": .string(words.joined(separator: " ")),
            "filters": .array(filters.map { .object(["key": .string($0.key), "value": .string($0.value)]) }),
        ])
    }
}

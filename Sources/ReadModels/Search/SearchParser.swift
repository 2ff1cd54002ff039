/// A search in Shopify's syntax, understood; `nil` as a tree means that nothing was asked for.
package struct SearchQuery: Sendable, Equatable {
    /// The tree; nil for an empty text.
    package let tree: SearchNode?
    /// Where its meaning may differ from Shopify's.
    package let warnings: [SearchWarning]

    /// Parses a search. What Shopify forgives (open parentheses, lone connectives, missing values) is a problem with
    /// its place. Of the order of connectives: NOT, then AND, also where it is only a blank, then OR.
    package init(_ text: String) throws(SearchProblem) {
        var lexer = SearchLexer(text)
        var parser = SearchParser(try lexer.read(), end: text.unicodeScalars.count)
        tree = try parser.parse()
        warnings = lexer.warnings + (parser.isAmbiguous ? [Self.ambiguity] : [])
    }

    private static let ambiguity = SearchWarning(
        .ambiguousPrecedence,
        "AND binds before OR; a negated term that only a blank joins holds for all. Parentheses make it certain.")
}

/// Builds the tree from tokens by recursive descent.
struct SearchParser {
    private let tokens: [SearchLexer.Placed]
    private let end: Int
    private var index = 0
    private var depth = 0
    private var termCount = 0
    /// OR and AND met side by side without parentheses.
    private(set) var isAmbiguous = false

    init(_ tokens: [SearchLexer.Placed], end: Int) {
        self.tokens = tokens
        self.end = end
    }

    /// The whole search.
    mutating func parse() throws(SearchProblem) -> SearchNode? {
        guard !tokens.isEmpty else { return nil }
        let tree = try sequence()
        if index < tokens.count { throw problem("A parenthesis is closed that was not opened") }
        return tree
    }

    private var next: SearchToken? { index < tokens.count ? tokens[index].token : nil }
    private var position: Int { index < tokens.count ? tokens[index].position : end }

    private func problem(_ detail: String) -> SearchProblem {
        SearchProblem(.syntax, at: position, detail + ".")
    }

    /// Operands up to a closing parenthesis or the end.
    private mutating func sequence() throws(SearchProblem) -> SearchNode {
        var alternatives: [[Operand]] = [[]]
        var isJoined = false
        while true {
            let node = try operand()
            let connective = next
            let joins = connective == .and || connective == .or
            if joins { index += 1 }
            alternatives[alternatives.count - 1].append(Operand(node: node, isLoose: !isJoined && !joins))
            if connective == .or { alternatives.append([]) }
            isJoined = joins
            if connective == nil || connective == .close { break }
        }
        return joined(alternatives)
    }

    private struct Operand {
        var node: SearchNode
        /// Only blanks join it to its neighbours.
        var isLoose: Bool

        var isCondition: Bool {
            if case .not = node { isLoose } else { false }
        }
    }

    /// Negated operands that only blanks join beside an OR are conditions of the whole: a saved search keeps them so.
    private mutating func joined(_ alternatives: [[Operand]]) -> SearchNode {
        guard alternatives.count > 1 else { return .all(alternatives[0].map(\.node)) }
        if alternatives.contains(where: { $0.count > 1 }) { isAmbiguous = true }
        let conditions = alternatives.joined().filter(\.isCondition).map(\.node)
        let stated = alternatives.map { $0.filter { !$0.isCondition }.map(\.node) }
        return .all([.any(stated.map(SearchNode.all))] + conditions)
    }

    private mutating func operand() throws(SearchProblem) -> SearchNode {
        switch next {
        case .not:
            index += 1
            try enter()
            defer { depth -= 1 }
            return .not(try operand())
        case .open:
            index += 1
            if next == .close { throw problem("The parentheses are empty") }
            try enter()
            defer { depth -= 1 }
            let group = try sequence()
            guard next == .close else { throw problem("A parenthesis is not closed") }
            index += 1
            return group
        case .term(let term):
            termCount += 1
            guard termCount <= SearchLimits.termsMax else {
                throw SearchProblem(
                    .tooLarge, at: position, "A search has \(SearchLimits.termsMax) terms at most.")
            }
            index += 1
            return .term(term)
        case .and, .or, .close, nil:
            throw problem("A term is missing here")
        }
    }

    private mutating func enter() throws(SearchProblem) {
        depth += 1
        guard depth <= SearchLimits.depthMax else {
            throw SearchProblem(
                .tooLarge, at: position, "Groups are nested \(SearchLimits.depthMax) deep at most.")
        }
    }
}

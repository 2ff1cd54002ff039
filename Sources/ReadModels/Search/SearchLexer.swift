/// The pieces of a search's text.
enum SearchToken: Equatable {
    case open
    case close
    case and
    case or
    /// `NOT`, or a `-` that a term follows.
    case not
    case term(SearchTerm)
}

/// Splits a search into tokens; a term is read whole, with its field and comparator.
struct SearchLexer {
    /// A token and where it begins.
    typealias Placed = (token: SearchToken, position: Int)

    private let text: [Unicode.Scalar]
    private var position = 0
    private var tokens: [Placed] = []
    /// Differences from Shopify that the text alone shows.
    private(set) var warnings: [SearchWarning] = []

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    /// All tokens.
    mutating func read() throws(SearchProblem) -> [Placed] {
        guard text.count <= SearchLimits.scalarsMax else {
            throw SearchProblem(
                .tooLarge, at: SearchLimits.scalarsMax, "A search has \(SearchLimits.scalarsMax) characters at most.")
        }
        while let scalar = peek {
            if scalar.properties.isWhitespace {
                position += 1
                continue
            }
            let start = position
            switch scalar {
            case "(": take(.open)
            case ")": take(.close)
            case "-":
                take(.not)
                guard let next = peek, !next.properties.isWhitespace, next != "-", next != ")" else {
                    throw problem("A \"-\" stands right before what it negates", at: start)
                }
            default: try readWord(start)
            }
        }
        return tokens
    }

    private var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private mutating func take(_ token: SearchToken) {
        tokens.append((token, position))
        position += 1
    }

    private func problem(_ detail: String, at position: Int) -> SearchProblem {
        SearchProblem(.syntax, at: position, detail + ".")
    }

    // MARK: Words

    /// A connective, a bare value, or a field with its value.
    private mutating func readWord(_ start: Int) throws(SearchProblem) {
        if let quote = peek, quote == "\"" || quote == "'" {
            let value = try readQuoted(quote)
            if peek == ":" { throw problem("The name of a field has no quotes", at: start) }
            return add(SearchTerm(field: nil, value: value, form: .phrase, position: start))
        }
        let word = try readBare()
        if peek == ":" {
            return try readValue(ofField: word, start)
        }
        if !word.isEscaped, let connective = Self.connectives[word.text] {
            tokens.append((connective, start))
            return
        }
        if ["or", "and", "not"].contains(word.text) {
            warnings.append(
                SearchWarning(
                    .lowerCaseConnective, field: "default",
                    "\"\(word.text)\" in lower case is a word to search for; connectives are AND, OR, NOT."))
        }
        add(try term(nil, .equal, word, start))
    }

    private static let connectives: [String: SearchToken] = ["AND": .and, "OR": .or, "NOT": .not]

    private mutating func readValue(ofField name: Bare, _ start: Int) throws(SearchProblem) {
        guard !name.text.isEmpty, name.stars == 0, name.text.unicodeScalars.allSatisfy(Self.isNamePart) else {
            throw problem(
                "A field's name, of letters, digits, \"_\", \".\" and \"-\", stands before a \":\"", at: start)
        }
        position += 1
        skipBlanks()
        let comparison = readComparison()
        skipBlanks()
        let place = position
        guard let first = peek, first != ")" else {
            throw problem("\"\(name.text):\" needs a value", at: place)
        }
        if first == "(" { throw problem("A field takes a value, not a group; write (a:1 OR a:2)", at: place) }
        if first == "\"" || first == "'" {
            let value = try readQuoted(first)
            if peek == ":" { throw problem("Nothing follows a value in quotes", at: position) }
            return add(
                SearchTerm(field: name.text, comparison: comparison, value: value, form: .phrase, position: start))
        }
        let value = try readBare()
        if value.text.isEmpty, value.stars == 0 { throw problem("\"\(name.text):\" needs a value", at: place) }
        if !value.isEscaped, Self.connectives[value.text] != nil {
            throw problem("\"\(name.text):\" needs a value, not a connective", at: place)
        }
        add(try term(name.text, comparison, value, start))
        // As Shopify reads it: a second colon begins another term, so 10:00:00 is a field `00`.
        if peek == ":" {
            position += 1
            guard let next = peek, Self.isNamePart(next) else {
                throw problem("A value with \":\" stands in quotes", at: position)
            }
        }
    }

    private mutating func readComparison() -> SearchTerm.Comparison {
        guard let first = peek, first == "<" || first == ">" || first == "=" else { return .equal }
        position += 1
        if first == "=" { return .equal }
        let isWide = peek == "="
        if isWide { position += 1 }
        return first == "<" ? (isWide ? .lessOrEqual : .less) : (isWide ? .greaterOrEqual : .greater)
    }

    private func term(
        _ field: String?, _ comparison: SearchTerm.Comparison, _ word: Bare, _ start: Int
    ) throws(SearchProblem) -> SearchTerm {
        guard word.stars > 0 else {
            return SearchTerm(field: field, comparison: comparison, value: word.text, position: start)
        }
        guard word.stars == 1, word.endsWithStar, comparison == .equal else {
            throw problem("A \"*\" stands once, at the end of a value, and without a comparator", at: start)
        }
        let form: SearchTerm.Form = word.text.isEmpty ? .exists : .prefix
        return SearchTerm(field: field, value: word.text, form: form, position: start)
    }

    private mutating func add(_ term: SearchTerm) { tokens.append((.term(term), term.position)) }

    private mutating func skipBlanks() {
        while let scalar = peek, scalar.properties.isWhitespace { position += 1 }
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": true
        default: false
        }
    }
}

extension SearchLexer {
    /// A run of characters outside quotes, its escapes undone.
    private struct Bare {
        var text = ""
        /// Unescaped stars; they are not in the text.
        var stars = 0
        var endsWithStar = false
        var isEscaped = false
    }

    /// Up to a blank, a parenthesis or a colon.
    private mutating func readBare() throws(SearchProblem) -> Bare {
        var word = Bare()
        while let scalar = peek, !scalar.properties.isWhitespace, scalar != ")", scalar != ":" {
            switch scalar {
            case "(", "\"": throw problem("Within a word \(scalar) is written \\\(scalar)", at: position)
            case "\\":
                position += 1
                guard let escaped = peek else { throw problem("Nothing follows the \"\\\"", at: position - 1) }
                word.text.unicodeScalars.append(escaped)
                (word.isEscaped, word.endsWithStar) = (true, false)
            case "*":
                word.stars += 1
                word.endsWithStar = true
            default:
                word.text.unicodeScalars.append(scalar)
                word.endsWithStar = false
            }
            position += 1
        }
        return word
    }

    /// From a quote to the same quote.
    private mutating func readQuoted(_ quote: Unicode.Scalar) throws(SearchProblem) -> String {
        let start = position
        var value = ""
        position += 1
        while let scalar = peek {
            position += 1
            if scalar == quote {
                if value.allSatisfy(\.isWhitespace) { throw problem("Nothing stands between the quotes", at: start) }
                guard let next = peek, !next.properties.isWhitespace, next != ")", next != ":" else { return value }
                throw problem("A blank stands after a value in quotes", at: position)
            }
            if scalar == "\\", let escaped = peek {
                value.unicodeScalars.append(escaped)
                position += 1
            } else {
                value.unicodeScalars.append(scalar)
            }
        }
        throw problem("The quote is not closed", at: start)
    }
}

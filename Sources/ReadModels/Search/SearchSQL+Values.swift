internal import EventModel
internal import Pipelines
internal import Postgres

extension SearchCompiler {
    /// The condition of one value of one field.
    mutating func single(_ term: SearchTerm, _ field: SearchField) throws(SearchProblem) -> String {
        if term.form == .exists { return exists(field) }
        switch field.values {
        case .keyword, .orderName, .keywords, .words, .lexemes, .handle, .boolean, .cases:
            guard term.comparison == .equal else {
                throw invalid(term, "\"\(term.fieldName)\" is compared for equality only")
            }
        case .id, .integer, .decimal, .time:
            guard term.form != .prefix else {
                throw invalid(term, "\"\(term.fieldName)\" takes no \"*\" after a value")
            }
        }
        switch field.values {
        case .keyword: return keyword(term, field.column)
        case .orderName:
            var bare = term
            bare.value = String(term.value.drop { $0 == "#" })
            return keyword(bare, "ltrim(\(field.column), '#')")
        case .keywords: return "exists (select 1 from unnest(\(field.column)) k (v) where \(keyword(term, "k.v")))"
        case .words: return try words(term, field.column)
        case .lexemes(let weights): return try lexemes(term, field.column, weights)
        case .id: return "\(field.column) \(term.comparison.rawValue) \(bind(.int8(try id(term))))"
        case .integer:
            return try range(term) { compiler, term throws(SearchProblem) in
                guard let number = Int64(term.value) else { throw compiler.invalid(term, "A whole number is needed") }
                return "\(field.column) \(term.comparison.rawValue) \(compiler.bind(.int8(number)))"
            }
        case .decimal(let exponent):
            return try range(term) { compiler, term throws(SearchProblem) in
                try compiler.decimal(term, field.column, exponent)
            }
        case .time:
            return try range(term) { compiler, term throws(SearchProblem) in
                try compiler.time(term, field.column)
            }
        case .boolean:
            guard let value = ["true": true, "false": false][term.value.lowercased()], term.form != .prefix else {
                throw invalid(term, "true or false is needed", allowed: ["false", "true"])
            }
            return value ? field.column : "(\(field.column)) is not true"
        case .cases(let cases):
            guard let condition = cases[term.value.lowercased()], term.form != .prefix else {
                throw invalid(
                    term, "Input `\(term.value)` is not an accepted value", allowed: cases.keys.sorted())
            }
            return condition
        case .handle(let kind): return try handle(term, field.column, kind)
        }
    }

    private func exists(_ field: SearchField) -> String {
        switch field.values {
        case .keyword, .orderName, .words: "\(field.column) <> ''"
        case .keywords: "cardinality(\(field.column)) > 0"
        case .lexemes(let weights):
            weights.isEmpty
                ? "length(\(field.column)) > 0"
                : "length(ts_filter(\(field.column), '{\(weights.map { String($0) }.joined(separator: ","))}')) > 0"
        case .boolean: field.column
        case .id, .integer, .decimal, .time, .cases, .handle: "\(field.column) is not null"
        }
    }

    private mutating func keyword(_ term: SearchTerm, _ column: String) -> String {
        let value = bind(.text(term.value.lowercased()))
        return term.form == .prefix ? "starts_with(lower(\(column)), \(value))" : "lower(\(column)) = \(value)"
    }

    /// Words in text that has no index of them: both sides with single blanks between words and around them.
    private mutating func words(_ term: SearchTerm, _ column: String) throws(SearchProblem) -> String {
        let words = SearchWords.split(term.value)
        guard !words.isEmpty, words.count <= SearchLimits.wordsMax else {
            throw invalid(term, "\"\(term.value)\" has no word to search for, or too many")
        }
        let text = "' ' || btrim(regexp_replace(lower(\(column)), '[^[:alnum:]]+', ' ', 'g')) || ' '"
        let patterns = term.form == .phrase ? [words.joined(separator: " ")] : words
        return patterns.enumerated().map { index, words in
            let isOpen = term.form == .prefix && index == patterns.count - 1
            return "strpos(\(text), \(bind(.text(" " + words + (isOpen ? "" : " "))))) > 0"
        }.joined(separator: " and ")
    }

    private mutating func lexemes(
        _ term: SearchTerm, _ column: String, _ weights: String
    ) throws(SearchProblem) -> String {
        guard
            let query = SearchWords.query(
                term.value, isPrefix: term.form == .prefix, isPhrase: term.form == .phrase, weights: weights)
        else { throw invalid(term, "\"\(term.value)\" has no word to search for, or too many") }
        return "\(column) @@ \(bind(.text(query)))::tsquery"
    }

    private func id(_ term: SearchTerm) throws(SearchProblem) -> Int64 {
        let digits = term.value.hasPrefix("gid://") ? term.value.split(separator: "/").last ?? "" : term.value[...]
        guard let id = Int64(digits), digits.first != "+" else { throw invalid(term, "An id is a whole number") }
        return id
    }

    private mutating func handle(
        _ term: SearchTerm, _ column: String, _ kind: HandleKind
    ) throws(SearchProblem) -> String {
        guard term.form != .prefix else {
            throw invalid(term, "Personal values are kept as keyed hashes: give the whole value")
        }
        switch kind {
        case .customer:
            _ = try id(term)
        case .email:
            guard term.value.contains("@") else { throw invalid(term, "Give the whole address: its parts are sealed") }
        case .phone:
            guard term.value.contains(where: \.isNumber) else { throw invalid(term, "A phone number is needed") }
        case .order, .checkout, .cart, .client, .event: break
        }
        guard let hash = context.handle(kind, term.value) else { throw invalid(term, "A value is needed") }
        if kind == .email || kind == .phone, term.field != nil {
            warn(.wholeValueOnly, term.fieldName, "Compared as a whole; at Shopify parts of the value match too.")
        }
        return "\(column) = \(bind(.uuid(hash.high, hash.low)))"
    }
}

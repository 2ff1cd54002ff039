/// The part of Shopify's search syntax that paging by time and id needs: terms `field:op'value'`, all of which hold.
///
/// Anything else is noted, because Shopify would ignore it and answer everything (shopify.md, section 6).
struct ResourceQuery {
    private struct Term {
        var field: String
        var comparison: String
        var value: String
    }
    private var terms: [Term] = []
    /// Terms that Shopify would ignore with a warning, or that the stand-in cannot follow.
    private(set) var warnings: [String] = []

    init(_ text: String?) {
        for word in Self.words(text ?? "") where word != "AND" {
            let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                warnings.append(word)
                continue
            }
            let comparison = [">=", "<=", ">", "<"].first { parts[1].hasPrefix($0) } ?? ""
            let raw = parts[1].dropFirst(comparison.count)
            let isQuoted = raw.hasPrefix("'") || raw.hasPrefix("\"")
            // An unquoted time is cut at its first colon and read in another zone.
            if !isQuoted, raw.contains(":") { warnings.append(word) }
            terms.append(.init(field: parts[0], comparison: comparison, value: raw.filter { $0 != "'" && $0 != "\"" }))
        }
    }

    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
                word.append(character)
            } else if character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                if character == "'" || character == "\"" { quote = character }
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// Whether a thing with these values is among the results.
    func matches(id: Int64, createdAt: Int64, updatedAt: Int64, status: String? = nil) -> Bool {
        terms.allSatisfy { term in
            let value: Int64
            switch term.field {
            case "id": value = id
            case "created_at", "processed_at": value = createdAt
            case "updated_at": value = updatedAt
            case "status", "financial_status":
                guard let status, term.comparison.isEmpty else { return true }
                return term.value.lowercased().split(separator: ",").contains { $0 == status.lowercased() }
            default: return true
            }
            let bound = term.field == "id" ? Int64(term.value) : ShopTime.millis(term.value)
            guard let bound else { return true }
            switch term.comparison {
            case ">=": return value >= bound
            case "<=": return value <= bound
            case ">": return value > bound
            case "<": return value < bound
            default: return value == bound
            }
        }
    }
}

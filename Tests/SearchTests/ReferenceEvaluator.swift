import EventModel
import Foundation
import ReadModels

/// Says of one row whether a tree holds, straight from the definitions and without SQL.
struct ReferenceEvaluator {
    func holds(_ node: SearchNode, _ row: Row) -> Bool {
        switch node {
        case .term(let term): holds(term, row)
        case .not(let inner): !holds(inner, row)
        case .and(let nodes): nodes.allSatisfy { holds($0, row) }
        case .or(let nodes): nodes.contains { holds($0, row) }
        }
    }

    private func holds(_ term: SearchTerm, _ row: Row) -> Bool {
        let list = term.value.split(separator: ",").map(String.init)
        switch term.field {
        case nil:
            if term.form == .exists { return true }
            let texts = [row.title, row.type, row.vendor] + row.tags + row.variants.map(\.sku)
            return words(term, texts)
        case "title": return term.form == .exists ? !row.title.isEmpty : words(term, [row.title])
        case "vendor": return keyword(term, [row.vendor], list)
        case "tag": return keyword(term, row.tags, list)
        case "tag_not": return !keyword(term, row.tags, list)
        case "status": return list.contains { $0.lowercased() == row.status }
        case "sku": return keyword(term, row.variants.map(\.sku), [term.value])
        case "inventory_total": return compare(term, row.inventory) { Int64($0) }
        case "id": return compare(term, row.id) { Int64($0) }
        case "price":
            return row.variants.contains { compare(term, $0.cents) { MinorUnits.parse($0.utf8, exponent: 2) } }
        case "published_at": return term.form == .exists ? row.publishedAt != nil : day(term, row.publishedAt)
        case "created_at": return day(term, row.createdAt)
        default: return false
        }
    }

    private func keyword(_ term: SearchTerm, _ values: [String], _ wanted: [String]) -> Bool {
        values.contains { value in
            let value = value.lowercased()
            return switch term.form {
            case .exists: !value.isEmpty
            case .prefix: value.hasPrefix(term.value.lowercased())
            case .word, .phrase: wanted.contains { $0.lowercased() == value }
            }
        }
    }

    private func words(_ term: SearchTerm, _ texts: [String]) -> Bool {
        let wanted = SearchWords.split(term.value)
        let split = texts.map(SearchWords.split)
        func has(_ word: String, isOpen: Bool) -> Bool {
            split.joined().contains { isOpen ? $0.hasPrefix(word) : $0 == word }
        }
        guard term.form == .phrase else {
            return wanted.enumerated().allSatisfy {
                has($1, isOpen: term.form == .prefix && $0 == wanted.count - 1)
            }
        }
        return split.contains { text in
            text.indices.contains { text[$0...].starts(with: wanted) }
        }
    }

    private func compare(_ term: SearchTerm, _ value: Int64?, _ read: (String) -> Int64?) -> Bool {
        guard let value else { return false }
        if term.form == .exists { return true }
        if term.comparison == .equal, let dots = term.value.range(of: "..") {
            guard let low = read(String(term.value[..<dots.lowerBound])),
                let high = read(String(term.value[dots.upperBound...]))
            else { return false }
            return (low...high).contains(value)
        }
        guard let wanted = read(term.value) else { return false }
        return switch term.comparison {
        case .equal: value == wanted
        case .less: value < wanted
        case .lessOrEqual: value <= wanted
        case .greater: value > wanted
        case .greaterOrEqual: value >= wanted
        }
    }

    /// Days of UTC.
    private func day(_ term: SearchTerm, _ millis: Int64?) -> Bool {
        guard let millis, let wanted = Timestamp.parse(term.value) else { return false }
        let (day, other) = (millis / 86_400_000, wanted / 86_400_000)
        return switch term.comparison {
        case .equal: day == other
        case .less: day < other
        case .lessOrEqual: day <= other
        case .greater: day > other
        case .greaterOrEqual: day >= other
        }
    }
}

internal import EventModel

/// Reads periods and comparisons.
struct RangeReader {
    /// Today in the query's zone.
    let today: Int64
    /// What readers of the answer have to know of the periods.
    private(set) var warnings: [String] = []

    /// Reads on a day.
    init(today: Int64) {
        self.today = today
    }

    /// A keyword, two days, or two instants.
    mutating func range(_ value: JSONValue, at pointer: String) throws(QueryProblem) -> ReportRange {
        let range: ReportRange
        switch value {
        case .string(let text):
            guard let known = ReportRange.keyword(text, today: today) else {
                throw QueryProblem(
                    at: pointer, "\"\(text)\" names no period.", allowed: ReportRange.keywords + ["[from, to]"])
            }
            range = known
        case .array(let ends) where ends.count == 2:
            range = try between(ends, at: pointer)
        default:
            throw QueryProblem(at: pointer, "A period is a keyword or `[from, to]`.", allowed: ReportRange.keywords)
        }
        guard range.dayCount <= ReportRange.daysMax else {
            throw QueryProblem(at: pointer, "A period is at most \(ReportRange.daysMax) days long.")
        }
        return range
    }

    /// The period that a query compares with, if it does.
    mutating func comparison(_ value: JSONValue?, of range: ReportRange) throws(QueryProblem) -> ReportRange? {
        guard let value, value != .null else { return nil }
        guard case .object(let members) = value else {
            throw QueryProblem(at: "/compare", "A comparison is an object, not \(value.typeName).")
        }
        try QueryParser.checkMembers(members, known: ["mode", "match", "date_range"], at: "/compare")
        let match = try QueryParser.text(members["match"], at: "/compare/match")
        guard match == nil || match == "weekday" else {
            throw QueryProblem(at: "/compare/match", "No such rule.", allowed: ["weekday"])
        }
        let mode = try QueryParser.text(members["mode"], at: "/compare/mode")
        if members["date_range"] != nil, mode != "custom", mode != nil {
            throw QueryProblem(at: "/compare/date_range", "Only the mode \"custom\" takes dates.")
        }
        switch mode {
        case "previous_period": return range.previousPeriod(matchingWeekday: match != nil)
        case "previous_year": return range.previousYear(matchingWeekday: match != nil)
        case "custom", nil:
            guard let dates = members["date_range"] else { break }
            return try self.range(dates, at: "/compare/date_range")
        default: break
        }
        throw QueryProblem(
            at: "/compare/mode", "Name what to compare with.", allowed: ["previous_period", "previous_year", "custom"])
    }

    private mutating func between(_ ends: [JSONValue], at pointer: String) throws(QueryProblem) -> ReportRange {
        var texts: [String] = []
        for (index, end) in ends.enumerated() {
            guard case .string(let text) = end else {
                throw QueryProblem(at: "\(pointer)/\(index)", "An end of a period is a string, not \(end.typeName).")
            }
            texts.append(text)
        }
        if texts.allSatisfy({ $0.utf8.count == 10 }) {
            let (first, last) = (try day(texts[0], "\(pointer)/0"), try day(texts[1], "\(pointer)/1"))
            guard first <= last else { throw QueryProblem(at: pointer, "The period ends before it starts.") }
            return .days(first: first, last: last)
        }
        let (from, to) = (try instant(texts[0], "\(pointer)/0"), try instant(texts[1], "\(pointer)/1"))
        guard from < to else { throw QueryProblem(at: pointer, "The period ends before it starts.") }
        let range = ReportRange.instants(from: from, to: to).widened
        if range != .instants(from: from, to: to) {
            let texts = range.texts
            warnings.append("Times of a period are quarters of an hour: it was widened to \(texts[0]) .. \(texts[1]).")
        }
        return range
    }

    private func day(_ text: String, _ pointer: String) throws(QueryProblem) -> Int64 {
        guard let day = CalendarDay.parse(text) else {
            throw QueryProblem(at: pointer, "\"\(text)\" is no day such as 2026-11-20.")
        }
        return day
    }

    private func instant(_ text: String, _ pointer: String) throws(QueryProblem) -> Int64 {
        guard text.utf8.count > 10, let instant = Timestamp.parse(text) else {
            throw QueryProblem(
                at: pointer, "\"\(text)\" is no time such as 2026-11-20T13:00:00+01:00; both ends are days or times.")
        }
        return instant
    }
}

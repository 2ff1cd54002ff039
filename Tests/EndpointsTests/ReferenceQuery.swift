import EventModel
import Foundation
import ReadModels

/// The same numbers by the plainest means: every session and event looked at for every row. Nothing of the engine is used.
struct ReferenceQuery {
    /// What a random query asks.
    struct Question: Sendable {
        var zone: String
        var first: String
        var last: String
        /// Column names of `sessions.session`.
        var columns: [String]
        var byDay: Bool
        /// Alternatives of (column, value), all of which must hold.
        var filters: [[(column: String, value: String)]]
        /// The same, of which none may hold.
        var excluded: [[(column: String, value: String)]] = []
        /// What the query says of bots.
        var bots = "exclude"
    }

    let question: Question
    let visits: [Visit]
    private let calendar: Calendar

    init(_ question: Question, _ visits: [Visit]) {
        self.question = question
        self.visits = visits
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: question.zone) ?? .gmt
        self.calendar = calendar
    }

    static let metrics = [
        "visitors", "sessions", "bounce_rate", "engaged_sessions", "visitor_conversion_rate", "leads", "lead_rate",
        "visit_duration", "visit_duration_median", "views_per_session", "events", "pageviews", "product_views",
        "add_to_carts", "checkouts", "purchases",
    ]

    /// Rows by their dimensions as text, without those that are all zero.
    func rows() -> [String: String] {
        var sessions: [String: [Visit]] = [:]
        var counts: [String: [Int64]] = [:]
        for visit in visits where passes(visit) {
            if let day = day(visit.startedAt) { sessions[key(visit, day), default: []].append(visit) }
            for entry in visit.activity {
                guard let day = day(entry.at) else { continue }
                let key = key(visit, day)
                counts[key] = zip(counts[key] ?? [0, 0, 0, 0, 0, 0], entry.counts).map { $0 + $1 }
            }
        }
        var rows: [String: String] = [:]
        for key in Set(sessions.keys).union(counts.keys) {
            rows[key] = numbers(sessions[key] ?? [], counts[key] ?? [0, 0, 0, 0, 0, 0])
        }
        return rows
    }

    /// The row over everything.
    func total() -> String {
        var everything = self
        everything = ReferenceQuery(
            Question(
                zone: question.zone, first: question.first, last: question.last, columns: [], byDay: false,
                filters: question.filters, excluded: question.excluded, bots: question.bots), visits)
        return everything.rows()[""] ?? numbers([], [0, 0, 0, 0, 0, 0])
    }

    private func numbers(_ visits: [Visit], _ counts: [Int64]) -> String {
        func count(_ bit: Int32) -> Int { visits.filter { $0.flags & bit != 0 }.count }
        func people(_ visits: [Visit]) -> Int { Set(visits.map(\.visitor)).count }
        let lengths = visits.map { Int64($0.seconds * 1000) }.sorted()
        let mean = visits.isEmpty ? "null" : (Double(lengths.reduce(0, +)) / Double(visits.count) / 1000).description
        let middle = lengths.count / 2
        let median =
            visits.isEmpty
            ? "null"
            : (lengths.count % 2 == 1
                ? Double(2 * lengths[middle]) / 2000 : Double(lengths[middle - 1] + lengths[middle]) / 2000).description
        let leads = visits.reduce(0) { $0 + Int64($1.leads) }
        return """
            \(people(visits)) \(visits.count) \(count(2))/\(visits.count) \(count(4)) \
            \(people(visits.filter { $0.flags & 8 != 0 }))/\(people(visits)) \(leads) \(count(16))/\(visits.count) \
            \(mean) \(median) \(counts[1])/\(visits.count) \(counts.map(String.init).joined(separator: " "))
            """
    }

    private func passes(_ visit: Visit) -> Bool {
        func holds(_ alternatives: [(column: String, value: String)]) -> Bool {
            alternatives.contains { (visit.texts[$0.column] ?? "") == $0.value }
        }
        let isBot = visit.flags & 1 != 0
        return (question.bots == "include" || isBot == (question.bots == "only"))
            && question.filters.allSatisfy(holds) && !question.excluded.contains(where: holds)
    }

    private func key(_ visit: Visit, _ day: String) -> String {
        let values = question.columns.map { visit.texts[$0].flatMap { $0.isEmpty ? nil : $0 } ?? "null" }
        return ((question.byDay ? [day] : []) + values).joined(separator: " ")
    }

    /// The day of the zone, where it lies in the period.
    private func day(_ millis: Int64) -> String? {
        let parts = calendar.dateComponents(
            [.year, .month, .day], from: Date(timeIntervalSince1970: Double(millis) / 1000))
        let text = String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
        return (question.first...question.last).contains(text) ? text : nil
    }
}

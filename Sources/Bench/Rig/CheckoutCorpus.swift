internal import Foundation

/// Parts of the recorded shoppers, in files of their own.
extension Corpus {
    /// Only the events with one of these names.
    func only(_ names: Set<String>, into path: String) throws -> Corpus {
        try Self.write(try visits { names.contains($0) }, into: path)
    }

    /// Only the events of checkouts with one of these names, of `copies` buyers in all: each has an e-mail address, an
    /// order and a checkout of his own, so that keys are made as often as with real buyers. Another `salt`, other buyers.
    func checkouts(_ names: Set<String>, copies: Int, salt: Int, into path: String) throws -> Corpus {
        let recorded = try visits { names.contains($0) }
            .filter { visit in visit.lines.contains { $0.value(after: Self.emailMark) != nil } }
        guard !recorded.isEmpty else { throw BenchError("no checkout with an e-mail address was recorded") }
        let buyers = (0..<copies).map { copy in
            let visit = recorded[copy % recorded.count]
            let marks = CheckoutMarks(of: visit.lines)
            return (visit.agent, visit.lines.map { marks.replace(in: $0, by: salt * Self.saltStep + copy) })
        }
        return try Self.write(buyers, into: path)
    }

    fileprivate static let emailMark = #""email":""#
    /// More than the copies of a file.
    private static let saltStep = 10_000

    private typealias Visit = (agent: String, lines: [String])

    private func visits(_ isWanted: (String) -> Bool) throws -> [Visit] {
        var visits: [Visit] = []
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("V\t") {
                visits.append((String(line.dropFirst(2)), []))
            } else if let name = line.value(after: #""name":""#), isWanted(name) {
                visits[visits.count - 1].lines.append(String(line))
            }
        }
        return visits.filter { !$0.lines.isEmpty }
    }

    private static func write(_ visits: [Visit], into path: String) throws -> Corpus {
        var text = ""
        for visit in visits { text += "V\t\(visit.agent)\n" + visit.lines.joined(separator: "\n") + "\n" }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return Corpus(path: path, visits: visits.count, events: visits.reduce(0) { $0 + $1.lines.count })
    }
}

/// The values of a recorded checkout that are the buyer's own.
private struct CheckoutMarks {
    private var values: [(old: String, isEmail: Bool)] = []

    /// Digits that a copy's number takes the place of.
    private static let digits = 6

    init(of lines: [String]) {
        let text = lines.joined(separator: "\n")
        for (mark, isEmail) in [
            (Corpus.emailMark, true), (#""token":""#, false), (#""order":{"id":""#, false),
            (#""customer":{"id":""#, false),
        ] {
            guard let value = text.value(after: mark), value.utf8.count > Self.digits else { continue }
            values.append((value, isEmail))
        }
    }

    /// As long as the recorded one.
    func replace(in line: String, by number: Int) -> String {
        let text = String(number % 1_000_000)
        let digits = String(repeating: "0", count: Self.digits - text.count) + text
        return values.reduce(line) { line, value in
            let new =
                value.isEmail
                ? digits + String(value.old.dropFirst(Self.digits)) : String(value.old.dropLast(Self.digits)) + digits
            return line.replacing(value.old, with: new)
        }
    }
}

extension StringProtocol {
    /// What stands between the first non-empty `mark` and the next quote.
    fileprivate func value(after mark: String) -> String? {
        var rest = self[...]
        while let found = rest.firstRange(of: mark) {
            let value = rest[found.upperBound...].prefix { $0 != "\"" }
            if !value.isEmpty { return String(value) }
            rest = rest[found.upperBound...]
        }
        return nil
    }
}

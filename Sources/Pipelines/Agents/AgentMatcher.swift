internal import Foundation

/// One list of rules, each compiled when a user agent first gets past its prefilter.
struct AgentMatcher {
    private struct Entry {
        let rule: AgentRules.Rule
        let prefilter: LiteralPrefilter
        var expression: NSRegularExpression?
        var isBroken = false
    }

    private var entries: [Entry]

    init(_ rules: [AgentRules.Rule]) {
        self.entries = rules.map { Entry(rule: $0, prefilter: LiteralPrefilter(pattern: $0.pattern)) }
    }

    /// The family that the first matching rule gives; nil when none matches.
    mutating func family(of agent: String, lowercased: [UInt8]) -> String? {
        for index in self.entries.indices {
            guard let match = self.match(index, agent, lowercased) else { continue }
            return Self.family(self.entries[index].rule, match, agent)
        }
        return nil
    }

    /// Whether the first matching rule is one that gives this family. Most agents match none of those, and then no other
    /// rule is tried.
    mutating func leads(to family: String, of agent: String, lowercased: [UInt8]) -> Bool {
        for index in self.entries.indices where self.entries[index].rule.family == family {
            guard self.match(index, agent, lowercased) != nil else { continue }
            for earlier in 0..<index where self.match(earlier, agent, lowercased) != nil { return false }
            return true
        }
        return false
    }

    private mutating func match(_ index: Int, _ agent: String, _ lowercased: [UInt8]) -> NSTextCheckingResult? {
        guard self.entries[index].prefilter.mayMatch(lowercased), let expression = self.expression(index) else {
            return nil
        }
        return expression.firstMatch(in: agent, range: NSRange(location: 0, length: agent.utf16.count))
    }

    private mutating func expression(_ index: Int) -> NSRegularExpression? {
        if let expression = self.entries[index].expression { return expression }
        guard !self.entries[index].isBroken else { return nil }
        let rule = self.entries[index].rule
        do {
            let options: NSRegularExpression.Options = rule.flag == "i" ? [.caseInsensitive] : []
            let expression = try NSRegularExpression(pattern: rule.pattern, options: options)
            self.entries[index].expression = expression
            return expression
        } catch {
            // A newer file may hold an expression that this engine does not know; the others still work.
            self.entries[index].isBroken = true
            return nil
        }
    }

    private static func family(_ rule: AgentRules.Rule, _ match: NSTextCheckingResult, _ agent: String) -> String {
        guard let family = rule.family else { return self.group(1, match, agent) }
        guard family.contains("$") else { return family }
        var text = ""
        var rest = family[...]
        while let next = rest.popFirst() {
            if next == "$", let number = rest.first?.wholeNumberValue {
                rest = rest.dropFirst()
                text += self.group(number, match, agent)
            } else {
                text.append(next)
            }
        }
        return text.trimmingCharacters(in: .whitespaces)
    }

    private static func group(_ number: Int, _ match: NSTextCheckingResult, _ agent: String) -> String {
        guard number < match.numberOfRanges, let range = Range(match.range(at: number), in: agent) else { return "" }
        return String(agent[range])
    }
}

/// The rules of a `regexes.yaml` of the uap-core project, as texts. The file is a few lists of flat mappings, so it is
/// read line by line: a YAML tree of it would take more memory than everything else in the process.
struct AgentRules {
    /// One rule; the first that matches a user agent gives the answer.
    struct Rule {
        var pattern = ""
        /// `i` for case-insensitive.
        var flag = ""
        /// The family, with `$1` for groups; nil means group 1.
        var family: String?
    }

    var browsers: [Rule] = []
    var systems: [Rule] = []
    /// All of them, though only `Spider` is of interest: an earlier rule for a device keeps a later, wider one for
    /// spiders from answering.
    var devices: [Rule] = []

    /// Reads the file's text. Lines that are not understood are passed over; a list without rules stays empty.
    init(yaml: String) {
        var section = Substring()
        var rule: Rule?
        for line in yaml.split(separator: "\n") {
            if line.first == "#" { continue }
            if let first = line.first, first != " ", first != "-" {
                self.add(rule, to: section)
                rule = nil
                section = line.prefix { $0 != ":" }
                continue
            }
            var rest = line.drop { $0 == " " }
            if rest.hasPrefix("- ") {
                self.add(rule, to: section)
                rule = Rule()
                rest = rest.dropFirst(2).drop { $0 == " " }
            }
            guard let colon = rest.firstIndex(of: ":"), rest.first != "#" else { continue }
            Self.set(&rule, rest[..<colon], Self.scalar(rest[rest.index(after: colon)...]))
        }
        self.add(rule, to: section)
    }

    private static func set(_ rule: inout Rule?, _ key: Substring, _ value: String) {
        switch key {
        case "regex": rule?.pattern = value
        case "regex_flag": rule?.flag = value
        case "family_replacement", "os_replacement", "device_replacement": rule?.family = value
        default: break
        }
    }

    private mutating func add(_ rule: Rule?, to section: Substring) {
        guard let rule, !rule.pattern.isEmpty else { return }
        switch section {
        case "user_agent_parsers": self.browsers.append(rule)
        case "os_parsers": self.systems.append(rule)
        case "device_parsers": self.devices.append(rule)
        default: break
        }
    }

    /// A scalar of YAML on one line: plain, in single or in double quotes.
    private static func scalar(_ text: Substring) -> String {
        let text = text.drop { $0 == " " }
        guard let quote = text.first, quote == "'" || quote == "\"" else {
            let plain = text.prefix { $0 != "#" }
            return String(plain.reversed().drop { $0 == " " }.reversed())
        }
        var value = ""
        var rest = text.dropFirst()
        while let next = rest.popFirst() {
            if next == quote {
                guard quote == "'", rest.first == "'" else { break }
                rest = rest.dropFirst()
                value.append("'")
            } else if quote == "\"", next == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(next)
            }
        }
        return value
    }
}

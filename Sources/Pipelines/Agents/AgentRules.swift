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
        var section = ""
        var rule: Rule?
        // Bytes, because characters take ten times as long and every command waits for it.
        for line in yaml.utf8.split(separator: UInt8(ascii: "\n")) {
            if line.first == UInt8(ascii: "#") { continue }
            if let first = line.first, first != UInt8(ascii: " "), first != UInt8(ascii: "-") {
                self.add(rule, to: section)
                rule = nil
                section = Self.text(line.prefix { $0 != UInt8(ascii: ":") })
                continue
            }
            var rest = line.drop { $0 == UInt8(ascii: " ") }
            if rest.starts(with: "- ".utf8) {
                self.add(rule, to: section)
                rule = Rule()
                rest = rest.dropFirst(2).drop { $0 == UInt8(ascii: " ") }
            }
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), rest.first != UInt8(ascii: "#") else { continue }
            Self.set(&rule, Self.text(rest[..<colon]), Self.scalar(rest[colon...].dropFirst()))
        }
        self.add(rule, to: section)
    }

    private static func text(_ bytes: Substring.UTF8View) -> String { String(Substring(bytes)) }

    private static func set(_ rule: inout Rule?, _ key: String, _ value: String) {
        switch key {
        case "regex": rule?.pattern = value
        case "regex_flag": rule?.flag = value
        case "family_replacement", "os_replacement", "device_replacement": rule?.family = value
        default: break
        }
    }

    private mutating func add(_ rule: Rule?, to section: String) {
        guard let rule, !rule.pattern.isEmpty else { return }
        switch section {
        case "user_agent_parsers": self.browsers.append(rule)
        case "os_parsers": self.systems.append(rule)
        case "device_parsers": self.devices.append(rule)
        default: break
        }
    }

    /// A scalar of YAML on one line: plain, in single or in double quotes.
    private static func scalar(_ bytes: Substring.UTF8View) -> String {
        let bytes = bytes.drop { $0 == UInt8(ascii: " ") }
        guard let quote = bytes.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            let plain = bytes.prefix { $0 != UInt8(ascii: "#") }
            let end = plain.lastIndex { $0 != UInt8(ascii: " ") }
            return end.map { Self.text(plain[...$0]) } ?? ""
        }
        var value: [UInt8] = []
        var rest = bytes.dropFirst()
        while let next = rest.popFirst() {
            if next == quote {
                guard quote == UInt8(ascii: "'"), rest.first == quote else { break }
                rest = rest.dropFirst()
                value.append(quote)
            } else if quote == UInt8(ascii: "\""), next == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(next)
            }
        }
        return String(decoding: value, as: UTF8.self)
    }
}

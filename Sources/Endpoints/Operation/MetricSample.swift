/// One number of `/metrics`.
package struct MetricSample: Sendable {
    /// How a number behaves.
    package enum Kind: String, Sendable {
        case counter, gauge
        /// One of the series `_bucket`, `_sum` and `_count` of a histogram.
        case histogram
    }

    /// With the prefix `footfall_`, base units, and `_total` on counters.
    package var name: String
    /// What it counts, one sentence.
    package var help: String
    package var kind: Kind
    /// Never a shop, a visitor or anything else of which there are many.
    package var labels: [(name: String, value: String)]
    package var value: Double

    /// Describes a number.
    package init(
        _ name: String, _ kind: Kind, _ help: String, labels: [(name: String, value: String)] = [], value: Double
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.value = value
    }

    /// The name that samples share a type and a help under: a histogram's is that of its series without their endings.
    var family: String {
        guard kind == .histogram, let cut = name.lastIndex(of: "_") else { return name }
        return String(name[..<cut])
    }
}

/// Writes samples in Prometheus's text format 0.0.4, samples of one family together.
enum PrometheusText {
    static let type = "text/plain; version=0.0.4; charset=utf-8"

    static func write(_ samples: [MetricSample]) -> String {
        var order: [String] = []
        var groups: [String: [MetricSample]] = [:]
        for sample in samples {
            let family = sample.family
            if groups[family] == nil { order.append(family) }
            groups[family, default: []].append(sample)
        }
        return order.map { name in
            let group = groups[name] ?? []
            let head = group.first.map { "# HELP \(name) \($0.help)\n# TYPE \(name) \($0.kind.rawValue)\n" } ?? ""
            return head + group.map(line).joined()
        }.joined()
    }

    private static func line(_ sample: MetricSample) -> String {
        let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
        let value =
            sample.value == sample.value.rounded() && abs(sample.value) < 1e15
            ? String(Int64(sample.value)) : sample.value.description
        return "\(sample.name)\(labels.isEmpty ? "" : "{\(labels)}") \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

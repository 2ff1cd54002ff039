internal import EventModel
internal import ReadModels

/// An export as one HTML page that needs nothing else: no scripts, nothing loaded, fit to be printed. All texts of the
/// document are escaped; what is JSON inside becomes tables in tables.
package struct ExportPage {
    private var html: String

    /// The page of a document that `ExportGatherer` made; nil for other bytes.
    package static func html(_ document: [UInt8]) -> [UInt8]? {
        // Only our own documents come here; others have no page.
        guard let root = try? JSONTree(document).root, root["format"]?.text == ExportDocument.format else { return nil }
        var page = ExportPage(html: "")
        page.write(root)
        return Array(page.html.utf8)
    }

    private static let sections: [(name: String, title: String, lead: String)] = [
        ("summary", "In short", ""),
        ("origins", "Where the data came from", "Each kind of event, how it came here and how often."),
        ("consent", "Consent", "What the person allowed and when, as their events stated it."),
        ("customers", "Customer records", ""), ("orders", "Orders", ""), ("leads", "Contact data left", ""),
        ("sessions", "Visits", ""),
        ("readers", "Who read the data", "Openings that the audit log knows of, the newest first."),
        ("events", "Events", "Everything that was recorded, in the order in which it came."),
    ]

    private mutating func write(_ root: JSONNode) {
        let shop = Self.escaped(root["request"]?["shop"]?.text ?? "")
        html += """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Data held for \(shop)</title>
            <meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">
            <style>\(Self.style)</style></head><body><main>
            <h1>Data held about one person</h1>

            """
        html += "<p>Gathered for <strong>\(shop)</strong> on "
        html += Self.escaped(root["made_at"]?.text ?? "")
        html += ", request \(Self.escaped(root["request"]?["id"]?.text ?? ""))"
        if let reference = root["request"]?["reference"]?.text { html += " (\(Self.escaped(reference)))" }
        html += ". This page holds personal data: keep it safe, and hand it to nobody but the person.</p>\n"
        for section in Self.sections {
            guard let node = root[section.name] else { continue }
            html += "<section><h2>\(section.title)</h2>"
            if !section.lead.isEmpty { html += "<p>\(section.lead)</p>" }
            if section.name == "events" { writeEvents(node.elements) } else { value(node) }
            html += "</section>\n"
        }
        html += "</main></body></html>\n"
    }

    private mutating func writeEvents(_ events: [JSONNode]) {
        for event in events {
            let what = Self.escaped(event["what"]?.text ?? "")
            html += "<article><h3>\(Self.escaped(event["occurred_at"]?.text ?? "")) \(what)</h3>"
            value(event)
            html += "</article>\n"
        }
    }

    /// Recursion is bounded by the scanner's depth.
    private mutating func value(_ node: JSONNode) {
        switch node.type {
        case .object where node.isSealed: html += "<em>sealed</em>"
        case .object:
            html += "<table>"
            for (name, member) in node.members {
                html += "<tr><th scope=\"row\">\(Self.escaped(Self.plain(name)))</th><td>"
                value(member)
                html += "</td></tr>"
            }
            html += "</table>"
        case .array:
            let elements = node.elements
            if elements.isEmpty { html += "<em>none</em>" }
            for element in elements {
                html += "<div>"
                value(element)
                html += "</div>"
            }
        case .string: html += Self.escaped(node.text ?? "")
        case .number: html += Self.escaped(node.json)
        case .true_: html += "yes"
        case .false_: html += "no"
        case .null: html += "–"
        }
    }

    /// `first_at` reads `first at`.
    private static func plain(_ name: String) -> String { name.replacing("_", with: " ") }

    /// Nothing of a text can end the place that it stands in.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            // No text of ours has control characters; a browser may read some as line ends of a kind.
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static let style = """
        body{font:14px/1.45 system-ui,sans-serif;margin:0;color:#111;background:#fff}
        main{max-width:60rem;margin:0 auto;padding:1.5rem}
        h2{border-bottom:2px solid #888;margin-top:2rem}h3{margin:.8rem 0 .2rem;font-size:1em}
        table{border-collapse:collapse;width:100%}
        th,td{border:1px solid #ccc;padding:.15rem .4rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
        th{font-weight:600;width:11rem}div+div{margin-top:.4rem}
        @media print{main{max-width:none;padding:0}article,tr{break-inside:avoid}}
        """
}

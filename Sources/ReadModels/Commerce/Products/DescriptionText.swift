/// Descriptions are HTML; people search and read their text.
package enum DescriptionText {
    /// Longer descriptions are cut: enough for a page of print, and far below what a `tsvector` holds.
    package static let charactersMax = 20_000

    /// The text without tags, scripts, styles and comments, its entities read and its blanks single.
    package static func plain(_ html: String) -> String {
        var text = String.UnicodeScalarView()
        var rest = Substring(html).unicodeScalars[...]
        // Counted here: asking the text would walk it each time.
        var count = 0
        while let scalar = rest.first, count < charactersMax {
            count += 1
            if scalar == "<" {
                text.append(skipTag(&rest) ? " " : "<")
            } else if scalar == "&" {
                text.append(entity(&rest))
            } else {
                text.append(scalar)
                rest.removeFirst()
            }
        }
        return String(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Removes a tag, and all up to the closing one where its content is no text; false for a `<` that begins none.
    private static func skipTag(_ rest: inout Substring.UnicodeScalarView) -> Bool {
        let name = String(String.UnicodeScalarView(rest.dropFirst().prefix(7))).lowercased()
        if name.hasPrefix("!--") {
            skip(past: "-->", &rest)
            return true
        }
        let isTag = name.unicodeScalars.first.map { $0 == "/" || $0 == "!" || $0.properties.isAlphabetic } ?? false
        guard isTag else {
            rest.removeFirst()
            return false
        }
        if name.hasPrefix("script") { skip(past: "</script", &rest) }
        if name.hasPrefix("style") { skip(past: "</style", &rest) }
        skip(past: ">", &rest)
        return true
    }

    private static func skip(past end: String, _ rest: inout Substring.UnicodeScalarView) {
        let wanted = Array(end.unicodeScalars)
        while !rest.isEmpty {
            let isHere = zip(rest.prefix(wanted.count), wanted).allSatisfy {
                $0.properties.lowercaseMapping == String($1)
            }
            if isHere, rest.prefix(wanted.count).count == wanted.count {
                rest.removeFirst(wanted.count)
                return
            }
            rest.removeFirst()
        }
    }

    private static let named: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "ndash": "–", "mdash": "—",
        "hellip": "…", "rsquo": "’", "lsquo": "‘", "rdquo": "”", "ldquo": "“", "trade": "™", "reg": "®", "copy": "©",
        "deg": "°", "eacute": "é", "auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü",
        "szlig": "ß", "times": "×", "bull": "•",
    ]
    /// No entity that is read here is longer.
    private static let entityMax = 10

    /// The character of an entity, removed from `rest`; the `&` itself where it begins none.
    private static func entity(_ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar {
        let name = String(String.UnicodeScalarView(rest.dropFirst().prefix(entityMax).prefix { $0 != ";" }))
        let after = rest.dropFirst(name.unicodeScalars.count + 1)
        guard after.first == ";", let scalar = named[name] ?? numbered(name) else {
            rest.removeFirst()
            return "&"
        }
        rest = after.dropFirst()
        return scalar
    }

    private static func numbered(_ name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let isHex = digits.first == "x" || digits.first == "X"
        let value = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        // A text column holds everything but zero.
        return value.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
    }
}

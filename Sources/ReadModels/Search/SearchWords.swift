/// Text as the words that a search compares: letters and digits in lower case; everything else separates.
package enum SearchWords {
    /// The words in order.
    package static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        for scalar in text.lowercased().unicodeScalars {
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || scalar.properties.generalCategory == .nonspacingMark
            {
                word.append(scalar)
            } else if !word.isEmpty {
                words.append(String(word))
                word.removeAll()
            }
        }
        if !word.isEmpty { words.append(String(word)) }
        return words
    }

    /// A `tsvector` of these texts, each with its weight (`A` to `D`). Phrases do not reach from one text to the next.
    package static func vector(_ texts: [(text: String, weight: Character)]) -> String {
        var places: [String: [String]] = [:]
        var position = 1
        var bytes = 0
        for (text, weight) in texts {
            for word in split(text) {
                let word = cut(word)
                if places[word] == nil {
                    bytes += word.utf8.count + wordOverhead
                    guard bytes <= vectorMax else { return written(places) }
                }
                if position < positionMax, places[word, default: []].count < placesMax {
                    places[word, default: []].append("\(position)\(weight)")
                } else if places[word] == nil {
                    places[word] = ["\(positionMax)\(weight)"]
                }
                position += 1
            }
            position += gap
        }
        return written(places)
    }

    private static func written(_ places: [String: [String]]) -> String {
        places.sorted { $0.key < $1.key }
            .map { quoted($0.key) + ":" + $0.value.joined(separator: ",") }.joined(separator: " ")
    }

    /// A `tsquery` for words that follow each other, the last one perhaps only begun; nil where there is no word.
    static func query(_ text: String, isPrefix: Bool, isPhrase: Bool, weights: String) -> String? {
        let words = split(text)
        guard let last = words.indices.last, words.count <= SearchLimits.wordsMax else { return nil }
        return words.enumerated().map { index, word in
            let flags = (isPrefix && index == last ? "*" : "") + weights
            return quoted(cut(word)) + (flags.isEmpty ? "" : ":" + flags)
        }.joined(separator: isPhrase ? " <-> " : " & ")
    }

    /// Words hold letters and digits only, so nothing in them needs an escape.
    private static func quoted(_ word: String) -> String { "'" + word + "'" }

    /// As much of a word as is kept; a character may have any number of marks.
    private static func cut(_ word: String) -> String { PageAddress.text(String(word.prefix(wordMax))) }

    /// Postgres keeps positions up to 16,383, 255 of a word, 2 kB a word, and 1 MiB in all; `wordOverhead` is what each
    /// word takes beside its letters.
    private static let positionMax = 16_383
    private static let placesMax = 255
    private static let wordMax = 200
    private static let vectorMax = 500_000
    private static let wordOverhead = 8
    /// Between two texts.
    private static let gap = 10
}

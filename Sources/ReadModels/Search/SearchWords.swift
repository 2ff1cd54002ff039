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
        for (text, weight) in texts {
            for word in split(text) {
                let word = String(word.prefix(wordMax))
                if position < positionMax, places[word, default: []].count < placesMax {
                    places[word, default: []].append("\(position)\(weight)")
                } else if places[word] == nil {
                    places[word] = ["\(positionMax)\(weight)"]
                }
                position += 1
            }
            position += gap
        }
        return places.sorted { $0.key < $1.key }
            .map { quoted($0.key) + ":" + $0.value.joined(separator: ",") }.joined(separator: " ")
    }

    /// A `tsquery` for words that follow each other, the last one perhaps only begun; nil where there is no word.
    static func query(_ text: String, isPrefix: Bool, isPhrase: Bool, weights: String) -> String? {
        let words = split(text)
        guard let last = words.indices.last, words.count <= SearchLimits.wordsMax else { return nil }
        return words.enumerated().map { index, word in
            let flags = (isPrefix && index == last ? "*" : "") + weights
            return quoted(String(word.prefix(wordMax))) + (flags.isEmpty ? "" : ":" + flags)
        }.joined(separator: isPhrase ? " <-> " : " & ")
    }

    /// Words hold letters and digits only, so nothing in them needs an escape.
    private static func quoted(_ word: String) -> String { "'" + word + "'" }

    /// Postgres keeps positions up to 16,383, 255 of a word, and 2 kB a word.
    private static let positionMax = 16_383
    private static let placesMax = 255
    private static let wordMax = 200
    /// Between two texts.
    private static let gap = 10
}

/// A shopper's sentence, understood without a model: what it is about, what it may cost, which options it must have.
/// English.
package struct ShopperQuestion: Sendable, Equatable {
    /// Words to look for, in lower case, each once.
    package var words: [String] = []
    /// Decimal text in the shop's currency, inside.
    package var priceMin: String?
    /// Decimal text in the shop's currency, inside.
    package var priceMax: String?
    /// Values that one variant must have, in lower case.
    package var options: [String] = []
    /// Units that the shopper wants ordered of the product that the rest is about.
    package var wanted: Int?
    /// It is about an order, not about products.
    package var isAboutOrder = false
    /// The order's name without `#`.
    package var orderName: String?

    /// More words than this say less, not more.
    private static let wordsMax = 12

    /// Reads a message.
    package init(_ message: String) {
        var tokens = Self.tokens(message)
        wanted = OrderWish.take(&tokens)
        isAboutOrder = wanted == nil && Self.asksForOrder(tokens)
        if isAboutOrder {
            orderName = Self.orderName(tokens)
            return
        }
        takePrices(&tokens)
        takeOptions(&tokens)
        for word in tokens.flatMap(SearchWords.split) where !Self.fillers.contains(word) && !words.contains(word) {
            if words.count < Self.wordsMax { words.append(word) }
        }
    }

    /// Nothing to look for.
    package var isEmpty: Bool { words.isEmpty && options.isEmpty && priceMin == nil && priceMax == nil }

    /// Words in lower case, with their points, `#` and currency signs, without other punctuation at their ends.
    private static func tokens(_ message: String) -> [String] {
        message.lowercased().split(whereSeparator: \.isWhitespace).compactMap { part in
            let kept = part.drop { ",;:!?.()\"'".contains($0) }
            let end = kept.lastIndex { !",;:!?.()\"'".contains($0) }
            return end.map { String(kept[...$0]) }
        }
    }

    // MARK: Orders

    private static let orderNouns: Set<String> = ["order", "orders", "package", "parcel", "shipment", "delivery"]
    private static let orderVerbs: Set<String> = [
        "where", "where's", "wheres", "when", "status", "track", "tracking", "shipped", "ship", "arrive", "arrived",
        "delivered", "my", "last", "latest", "late",
    ]

    private static func asksForOrder(_ tokens: [String]) -> Bool {
        guard tokens.contains(where: orderNouns.contains) else { return false }
        return tokens.contains(where: orderVerbs.contains) || orderName(tokens) != nil
    }

    private static func orderName(_ tokens: [String]) -> String? {
        if let named = tokens.first(where: { $0.hasPrefix("#") && $0.count > 1 }) { return String(named.dropFirst()) }
        return tokens.enumerated().first { index, token in
            index > 0 && ["order", "number", "no"].contains(tokens[index - 1])
                && token.allSatisfy { $0.isASCII && $0.isNumber }
        }?.element
    }

    // MARK: Prices

    private static let upper: Set<String> = ["under", "below", "max", "maximum", "within", "until", "<", "cheaper"]
    private static let lower: Set<String> = ["over", "above", "min", "minimum", "from", "exceeding", ">"]
    /// With what stands before: "less than", "up to", "at least".
    private static let pairs: [String: [String: Bool]] = [
        "than": ["less": true, "cheaper": true, "lower": true, "more": false, "higher": false],
        "to": ["up": true], "most": ["at": true], "least": ["at": false],
    ]

    /// Takes the words that say what it may cost.
    private mutating func takePrices(_ tokens: inout [String]) {
        var index = 0
        while index < tokens.count {
            if takeBetween(&tokens, at: index) { continue }
            guard let amount = Self.amount(tokens[index]), let (isUpper, count) = Self.bound(tokens[..<index]) else {
                index += 1
                continue
            }
            if isUpper { priceMax = amount } else { priceMin = amount }
            let after = index + 1 < tokens.count && Self.currencies.contains(tokens[index + 1]) ? index + 2 : index + 1
            tokens.removeSubrange(index - count..<after)
            index -= count
        }
    }

    /// `between 20 and 50`
    private mutating func takeBetween(_ tokens: inout [String], at index: Int) -> Bool {
        guard tokens[index] == "between", index + 3 < tokens.count, ["and", "to"].contains(tokens[index + 2]),
            let low = Self.amount(tokens[index + 1]), let high = Self.amount(tokens[index + 3])
        else { return false }
        (priceMin, priceMax) = (low, high)
        tokens.removeSubrange(index...index + 3)
        return true
    }

    /// What the words right before an amount say of it, and how many they are.
    private static func bound(_ before: ArraySlice<String>) -> (isUpper: Bool, count: Int)? {
        guard let last = before.last else { return nil }
        if before.count > 1, let isUpper = pairs[last]?[before[before.endIndex - 2]] { return (isUpper, 2) }
        if upper.contains(last) { return (true, 1) }
        return lower.contains(last) ? (false, 1) : nil
    }

    private static let currencies: Set<String> = [
        "dollars", "dollar", "euros", "euro", "pounds", "bucks", "usd", "eur", "gbp", "$", "€", "£",
    ]

    /// `$49.99`, `50€`, `1,200` as decimal text; nil for others.
    private static func amount(_ token: String) -> String? {
        let digits = token.filter { !"$€£¥,".contains($0) }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        let isDecimal =
            (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
        // More digits than any price has.
        return isDecimal && digits.count <= 12 ? digits : nil
    }

    // MARK: Options

    private static let optionNames: Set<String> = ["size", "colour", "color"]

    /// `size M`, `colour blue`: the word behind is a value that a variant must have.
    private mutating func takeOptions(_ tokens: inout [String]) {
        var index = 0
        while index < tokens.count {
            guard Self.optionNames.contains(tokens[index]), index + 1 < tokens.count,
                !Self.fillers.contains(tokens[index + 1])
            else {
                index += 1
                continue
            }
            if !options.contains(tokens[index + 1]) { options.append(tokens[index + 1]) }
            tokens.removeSubrange(index...index + 1)
        }
    }

    /// Words that questions are made of, and that no product is found by.
    private static let fillers: Set<String> = [
        "a", "an", "and", "any", "anything", "are", "as", "at", "available", "be", "best", "between", "buy", "can",
        "cheap", "color", "colour", "could", "d", "do", "does", "dollars", "euro", "euros", "find", "for", "from",
        "get", "give", "good", "got", "has", "have", "hello", "help", "hey", "hi", "i", "i'd", "i'm", "im", "in", "is",
        "it", "like", "looking", "me", "my", "need", "nice", "of", "offer", "on", "one", "ones", "or", "please",
        "price", "product", "products", "recommend", "s", "sell", "show", "size", "some", "something", "suggest",
        "thanks", "that", "the", "there", "these", "thing", "things", "this", "to", "under", "us", "want", "was", "we",
        "what", "whats", "which", "with", "would", "you", "your",
    ]
}

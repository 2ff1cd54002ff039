/// The part of a shopper's sentence that asks for an order: `order 2 of the blue hoodie`, `draft order for a pillow`.
/// Only a plain wish with a number counts; who says `buy` without one looks for products.
enum OrderWish {
    /// Takes the wish's own words and returns how many are wanted; nil, and nothing taken, where there is none.
    static func take(_ tokens: inout [String]) -> Int? {
        takeDraft(&tokens) ?? takeCount(&tokens)
    }

    private static let verbs: Set<String> = ["order", "buy", "purchase"]
    /// After others `order` is a noun: "my order 1001", "status of order 2".
    private static let before: Set<String> = ["to", "please", "and", "you", "i", "i'll", "can", "wanna", "let's", "hi"]
    private static let numbers = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    ]
    /// What may stand between the number and the product.
    private static let units: Set<String> = ["of", "x", "times", "pieces", "units", "items"]
    /// Longer numbers are an order's name, or no wish of a shopper's.
    private static let digitsMax = 3

    /// `draft order for`, `draft order of 2`
    private static func takeDraft(_ tokens: inout [String]) -> Int? {
        guard let place = tokens.indices.dropLast().first(where: { tokens[$0] == "draft" && tokens[$0 + 1] == "order" })
        else { return nil }
        var end = place + 2
        if end < tokens.count, ["for", "of", "with"].contains(tokens[end]) { end += 1 }
        let count = end < tokens.count ? number(tokens[end]) : nil
        if count != nil { end += 1 }
        return finish(&tokens, end, count ?? 1)
    }

    /// `order 2 of`, `I'd like to buy two`
    private static func takeCount(_ tokens: inout [String]) -> Int? {
        for place in tokens.indices.dropLast() where verbs.contains(tokens[place]) {
            guard place == 0 || before.contains(tokens[place - 1]), let count = number(tokens[place + 1]) else {
                continue
            }
            return finish(&tokens, place + 2, count)
        }
        return nil
    }

    /// Leaves what is behind the wish's words: the product. A wish for nothing is none.
    private static func finish(_ tokens: inout [String], _ end: Int, _ count: Int) -> Int? {
        let rest = tokens[end...].drop { units.contains($0) }
        guard !rest.isEmpty else { return nil }
        tokens = Array(rest)
        return count
    }

    private static func number(_ token: String) -> Int? {
        if let word = numbers[token] { return word }
        let digits = token.hasSuffix("x") ? token.dropLast() : token[...]
        guard (1...digitsMax).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let count = Int(digits), count > 0
        else { return nil }
        return count
    }
}

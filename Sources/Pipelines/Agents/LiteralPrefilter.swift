/// Texts of which a user agent must hold one, in lower case, for an expression to be able to match. Expressions whose
/// texts are missing are neither compiled nor tried.
struct LiteralPrefilter {
    /// Empty when nothing can be said.
    let anyOf: [[UInt8]]

    /// Shorter texts are in nearly every user agent.
    private static let bytesMin = 3

    init(pattern: String) {
        var parser = Parser(rest: Array(pattern.utf8)[...])
        let choices = parser.alternation()
        self.anyOf = parser.isSound && parser.rest.isEmpty ? choices ?? [] : []
    }

    /// True when `agent`, in lower case, may match.
    func mayMatch(_ agent: [UInt8]) -> Bool {
        self.anyOf.isEmpty || self.anyOf.contains { Self.contains(agent, $0) }
    }

    private static func contains(_ text: [UInt8], _ needle: [UInt8]) -> Bool {
        guard let first = needle.first, needle.count <= text.count else { return false }
        for place in 0...(text.count - needle.count) where text[place] == first {
            if text[place..<place + needle.count].elementsEqual(needle) { return true }
        }
        return false
    }

    /// Walks an expression and keeps the best choice of texts that every match must contain one of.
    private struct Parser {
        var rest: ArraySlice<UInt8>
        /// False once something is met that this does not understand.
        var isSound = true

        /// The choices of `a|b|c`, up to a closing parenthesis or the end; nil when one branch promises nothing.
        mutating func alternation() -> [[UInt8]]? {
            var all: [[UInt8]]? = []
            while true {
                let branch = self.sequence()
                all = all.flatMap { known in branch.map { known + $0 } }
                guard self.rest.first == UInt8(ascii: "|") else { return all }
                self.rest.removeFirst()
            }
        }

        /// The best of one branch.
        private mutating func sequence() -> [[UInt8]]? {
            var best: [[UInt8]]?
            var run: [UInt8] = []
            func offer(_ choice: [[UInt8]]?) {
                guard let choice, !choice.isEmpty, choice.allSatisfy({ $0.count >= LiteralPrefilter.bytesMin }) else {
                    return
                }
                let length = choice.map(\.count).min() ?? 0
                if best == nil || length > (best?.map(\.count).min() ?? 0) { best = choice }
            }
            while let next = self.rest.first, next != UInt8(ascii: "|"), next != UInt8(ascii: ")") {
                let atom = self.atom()
                let isOptional = self.quantifier()
                switch atom {
                case .literal(let byte):
                    if isOptional == .none {
                        run.append(byte)
                        continue
                    }
                    // A repeated character stands once at least, but what follows need not touch what came before.
                    if isOptional == .repeated { run.append(byte) }
                    offer([run])
                    run = []
                case .group(let choices):
                    offer([run])
                    run = []
                    if isOptional != .optional { offer(choices) }
                case .other:
                    offer([run])
                    run = []
                }
            }
            offer([run])
            return best
        }

        private enum Atom {
            case literal(UInt8)
            case group([[UInt8]]?)
            case other
        }

        private enum Quantity {
            case none, repeated, optional
        }

        private mutating func atom() -> Atom {
            let byte = self.rest.removeFirst()
            switch byte {
            case UInt8(ascii: "("): return self.group()
            case UInt8(ascii: "["): return self.set()
            case UInt8(ascii: "\\"): return self.escape()
            case UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"): return .other
            case 0x80...: return .other
            default: return .literal(Self.lower(byte))
            }
        }

        private mutating func group() -> Atom {
            var isPositive = true
            if self.rest.first == UInt8(ascii: "?") {
                self.rest.removeFirst()
                switch self.rest.popFirst() {
                case UInt8(ascii: ":"): break
                case UInt8(ascii: "="), UInt8(ascii: "!"): isPositive = false
                default: self.isSound = false
                }
            }
            let choices = self.alternation()
            if self.rest.popFirst() != UInt8(ascii: ")") { self.isSound = false }
            return .group(isPositive ? choices : nil)
        }

        private mutating func set() -> Atom {
            if self.rest.first == UInt8(ascii: "^") { self.rest.removeFirst() }
            if self.rest.first == UInt8(ascii: "]") { self.rest.removeFirst() }
            while let byte = self.rest.popFirst(), byte != UInt8(ascii: "]") {
                if byte == UInt8(ascii: "\\") { _ = self.rest.popFirst() }
            }
            return .other
        }

        private mutating func escape() -> Atom {
            guard let byte = self.rest.popFirst() else { return .other }
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(Self.lower(byte))
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            return isLetter || isDigit ? .other : .literal(byte)
        }

        private mutating func quantifier() -> Quantity {
            let quantity: Quantity
            switch self.rest.first {
            case UInt8(ascii: "*"), UInt8(ascii: "?"): quantity = .optional
            case UInt8(ascii: "+"): quantity = .repeated
            case UInt8(ascii: "{"):
                quantity = self.rest.dropFirst().first == UInt8(ascii: "0") ? .optional : .repeated
                while let byte = self.rest.first, byte != UInt8(ascii: "}") { self.rest.removeFirst() }
            default: return .none
            }
            _ = self.rest.popFirst()
            if self.rest.first == UInt8(ascii: "?") || self.rest.first == UInt8(ascii: "+") { self.rest.removeFirst() }
            return quantity
        }

        static func lower(_ byte: UInt8) -> UInt8 {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
    }
}

/// A list of JSON pointers (RFC 6901), compiled so that a scanner walks all of them in lock-step with the text.
///
/// Two wildcards extend the standard: a token `*` stands for any member or index of one level, `**` for any number of
/// levels, none included. A pattern that ends in `**` names scalars only: those at its place and everywhere below. The
/// index of a pattern in the list is the id that a match carries. A value that several patterns name gives a match for
/// each of them; the same pattern twice gives two.
///
/// Compiling determines the automaton ahead of time (subset construction), so cost per key does not grow with the
/// number of patterns that overlap.
package struct PointerSet: Sendable {
    /// The patterns as given.
    package let patterns: [String]

    let states: [PointerState]
    let edges: [PointerEdge]
    let keys: [UInt8]
    let reports: [Int32]

    /// Compiles well-formed `patterns` (see `fault(in:)`); nil when they are too many together: several of the form
    /// `/**/name/**` can be open at once in any combination, and each combination is a state of its own.
    package init?(checking patterns: [String]) {
        var compiler = PointerCompiler(patterns)
        guard compiler.compile() else { return nil }
        self.patterns = patterns
        self.states = compiler.states
        self.edges = compiler.edges
        self.keys = compiler.keys
        self.reports = compiler.reports
    }

    /// Compiles patterns that the program itself names; that they are well formed and few is the programmer's word.
    package init(_ patterns: [String]) {
        guard let set = PointerSet(checking: patterns) else { preconditionFailure("too many states") }
        self = set
    }

    /// What is wrong with `pattern`, in words, or nil when it is well formed.
    package static func fault(in pattern: String) -> String? {
        if pattern.isEmpty { return nil }
        guard pattern.hasPrefix("/") else { return "a JSON pointer begins with \"/\"" }
        let tokens = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (token, next) in zip(tokens, tokens.dropFirst()) where token == "**" && next == "**" {
            return "\"**\" twice in a row"
        }
        for token in tokens {
            if let index = Int(token), index > Int(Int16.max) { return "an index is at most \(Int16.max)" }
            var rest = token[...]
            while let tilde = rest.firstIndex(of: "~") {
                rest = rest[rest.index(after: tilde)...]
                guard rest.first == "0" || rest.first == "1" else { return "\"~\" is written \"~0\", \"/\" is \"~1\"" }
            }
        }
        return nil
    }

    /// The unescaped tokens of a pointer; `*` and `**` stay as they are.
    package static func tokens(of pattern: String) -> [String] {
        guard !pattern.isEmpty else { return [] }
        return pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { token in
            token.contains("~") ? String(token).replacingPairs("~1", "/").replacingPairs("~0", "~") : String(token)
        }
    }
}

extension String {
    /// This text with each `old` exchanged for `new`; Foundation is not linked here.
    fileprivate func replacingPairs(_ old: String, _ new: String) -> String {
        var result = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}

/// One state of the compiled automaton. Ids of states are indices; `PointerState.dead` is no state.
struct PointerState: Sendable {
    static let dead: Int32 = -1

    /// What is left of a key's hash when it is shifted so is its edge's place behind `edgeStart`, or one before it: an
    /// empty place ends the search.
    var hashShift: UInt64 = 63
    var edgeStart: Int32 = 0
    /// Where every other member or index leads.
    var otherwise: Int32 = PointerState.dead
    /// `[reportStart, scalarStart)` are ids that match any value here, `[scalarStart, reportEnd)` only a scalar.
    var reportStart: Int32 = 0
    var scalarStart: Int32 = 0
    var reportEnd: Int32 = 0
    /// Some edge's key reads as an array index.
    var hasIndexEdges = false

    /// The last place behind `edgeStart`; all ones.
    @inline(__always) var placeMask: UInt64 { UInt64.max &>> self.hashShift }
}

/// A transition by one key, or an empty place. There are tens of thousands: 16 bytes.
struct PointerEdge: Sendable {
    /// An empty place: no key has its length.
    static let none = PointerEdge(prefix: 0, length: -1, keyStart: 0, target: -1, index: -1)

    /// The key's first eight bytes, little endian, the rest zero.
    var prefix: UInt64
    var length: Int16
    /// Where the key's bytes begin in `PointerSet.keys`.
    var keyStart: UInt16
    var target: Int16
    /// The key as an array index, or -1.
    var index: Int16

    /// A key's hash, good in its upper bits. The constant is 2^64 divided by the golden ratio (Fibonacci hashing).
    @inline(__always) static func hash(_ prefix: UInt64, _ length: Int) -> UInt64 {
        (prefix &+ UInt64(truncatingIfNeeded: length)) &* 0x9E37_79B9_7F4A_7C15
    }

    /// The first eight bytes of `key` as `prefix` holds them.
    static func prefix(of key: some Collection<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        for (place, byte) in key.prefix(8).enumerated() { word |= UInt64(byte) &<< UInt64(place * 8) }
        return word
    }
}

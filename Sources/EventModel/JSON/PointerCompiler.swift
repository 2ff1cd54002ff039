/// Turns patterns into the automaton of a `PointerSet`: first a trie, then its deterministic form.
struct PointerCompiler {
    private struct TrieNode {
        /// By the key's place in `names`.
        var members: [Int: Int] = [:]
        /// Where `*` leads.
        var anyMember: Int?
        /// The node of a `**` that stands here; it is entered with the node itself, since `**` may be no level at all.
        var anyDepth: Int?
        /// This node is a `**`: every key leads back to it.
        var loops = false
        var reports: [Int32] = []
    }

    /// A state of the automaton is a set of trie nodes.
    private typealias Place = [Int]

    private var trie = [TrieNode()]
    private var names: [[UInt8]] = []
    /// Where each name begins in `keys`.
    private var keyStarts: [Int] = []
    private var nameIDs: [String: Int] = [:]
    private var ids: [Place: Int32] = [:]
    private var queue: [Place] = []
    private(set) var states: [PointerState] = []
    private(set) var edges: [PointerEdge] = []
    private(set) var keys: [UInt8] = []
    private(set) var reports: [Int32] = []

    init(_ patterns: [String]) {
        for (id, pattern) in patterns.enumerated() {
            precondition(PointerSet.fault(in: pattern) == nil, "malformed pointer pattern")
            var node = 0
            for token in PointerSet.tokens(of: pattern) { node = self.child(of: node, token) }
            self.trie[node].reports.append(Int32(id))
        }
    }

    private mutating func child(of node: Int, _ token: String) -> Int {
        let known =
            switch token {
            case "*": self.trie[node].anyMember
            case "**": self.trie[node].anyDepth
            default: self.trie[node].members[self.name(token)]
            }
        if let known { return known }
        self.trie.append(TrieNode(loops: token == "**"))
        let new = self.trie.count - 1
        switch token {
        case "*": self.trie[node].anyMember = new
        case "**": self.trie[node].anyDepth = new
        default: self.trie[node].members[self.name(token)] = new
        }
        return new
    }

    private mutating func name(_ token: String) -> Int {
        if let id = self.nameIDs[token] { return id }
        self.nameIDs[token] = self.names.count
        self.names.append(Array(token.utf8))
        self.keyStarts.append(self.keys.count)
        self.keys += token.utf8
        return self.names.count - 1
    }

    /// States at most; the pipelines that come with the product take a few hundred.
    static let statesMax = 5_000

    /// Bytes of all names; the pipelines that come with the product have a few thousand.
    static let nameBytesMax = Int(Int16.max)

    /// Makes the states; the first is the root's. False when there would be too many, or too many names.
    mutating func compile() -> Bool {
        guard self.keys.count <= Self.nameBytesMax else { return false }
        _ = self.state([0])
        var next = 0
        while next < self.queue.count {
            guard self.queue.count <= Self.statesMax else { return false }
            self.expand(self.queue[next], at: next)
            next += 1
        }
        return true
    }

    private mutating func state(_ nodes: [Int]) -> Int32 {
        var place = nodes
        var next = 0
        while next < place.count {
            if let deeper = self.trie[place[next]].anyDepth { place.append(deeper) }
            next += 1
        }
        if place.isEmpty { return PointerState.dead }
        Self.sortOut(&place)
        if let known = self.ids[place] { return known }
        let id = Int32(self.queue.count)
        self.ids[place] = id
        self.queue.append(place)
        self.states.append(PointerState())
        return id
    }

    /// In order, none twice.
    private static func sortOut(_ place: inout Place) {
        guard place.count > 1 else { return }
        place.sort()
        var kept = 1
        for next in 1..<place.count where place[next] != place[kept - 1] {
            place[kept] = place[next]
            kept += 1
        }
        place.removeLast(place.count - kept)
    }

    private mutating func expand(_ place: Place, at index: Int) {
        var state = PointerState()
        state.reportStart = Int32(self.reports.count)
        self.reports += place.filter { !self.trie[$0].loops }.flatMap { self.trie[$0].reports }.sorted()
        state.scalarStart = Int32(self.reports.count)
        self.reports += place.filter { self.trie[$0].loops }.flatMap { self.trie[$0].reports }.sorted()
        state.reportEnd = Int32(self.reports.count)

        let others = place.compactMap { self.trie[$0].anyMember } + place.filter { self.trie[$0].loops }
        state.otherwise = self.state(others)
        var edges: [PointerEdge] = []
        var targets: [(name: Int, node: Int)] = []
        for node in place { for (name, target) in self.trie[node].members { targets.append((name, target)) } }
        targets.sort { $0 < $1 }
        var next = 0
        while next < targets.count {
            let name = targets[next].name
            let end = targets[next...].firstIndex { $0.name != name } ?? targets.count
            edges.append(self.edge(name, to: self.state(others + targets[next..<end].map(\.node))))
            next = end
        }
        self.append(edges, of: &state)
        self.states[index] = state
    }

    private func edge(_ name: Int, to target: Int32) -> PointerEdge {
        let bytes = self.names[name]
        return PointerEdge(
            prefix: PointerEdge.prefix(of: bytes), length: Int16(bytes.count), keyStart: UInt16(self.keyStarts[name]),
            target: Int16(target), index: Self.index(bytes))
    }

    /// Puts a state's edges where their hashes say, or at the next free place; half of the places stay free.
    private mutating func append(_ edges: [PointerEdge], of state: inout PointerState) {
        let bits = Int.bitWidth - max(1, 2 * edges.count - 1).leadingZeroBitCount
        state.edgeStart = Int32(self.edges.count)
        state.hashShift = UInt64(64 - bits)
        state.hasIndexEdges = edges.contains { $0.index >= 0 }
        self.edges += repeatElement(.none, count: 1 << bits)
        for edge in edges {
            var place = PointerEdge.hash(edge.prefix, Int(edge.length)) >> state.hashShift
            while self.edges[Int(state.edgeStart) + Int(place)].length >= 0 { place = (place + 1) & state.placeMask }
            self.edges[Int(state.edgeStart) + Int(place)] = edge
        }
    }

    /// The key as an array index, or -1.
    private static func index(_ bytes: [UInt8]) -> Int16 {
        guard bytes.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return -1 }
        let text = String(decoding: bytes, as: UTF8.self)
        return Int16(text).flatMap { String($0) == text ? $0 : nil } ?? -1
    }
}

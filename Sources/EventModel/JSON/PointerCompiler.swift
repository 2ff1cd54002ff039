/// Turns patterns into the automaton of a `PointerSet`: first a trie, then its deterministic form.
struct PointerCompiler {
    private struct TrieNode {
        var members: [String: Int] = [:]
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
            default: self.trie[node].members[token]
            }
        if let known { return known }
        self.trie.append(TrieNode(loops: token == "**"))
        let new = self.trie.count - 1
        switch token {
        case "*": self.trie[node].anyMember = new
        case "**": self.trie[node].anyDepth = new
        default: self.trie[node].members[token] = new
        }
        return new
    }

    /// Makes the states; the first is the root's.
    mutating func compile() {
        _ = self.state([0])
        var next = 0
        while next < self.queue.count {
            self.expand(self.queue[next], at: next)
            next += 1
        }
    }

    private mutating func state(_ nodes: [Int]) -> Int32 {
        var members = Set(nodes)
        for node in nodes {
            var deeper = self.trie[node].anyDepth
            while let node = deeper {
                members.insert(node)
                deeper = self.trie[node].anyDepth
            }
        }
        let place = members.sorted()
        if place.isEmpty { return PointerState.dead }
        if let known = self.ids[place] { return known }
        let id = Int32(self.queue.count)
        self.ids[place] = id
        self.queue.append(place)
        self.states.append(PointerState())
        return id
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
        state.edgeStart = Int32(self.edges.count)
        let names = Set(place.flatMap { self.trie[$0].members.keys }).sorted()
        for name in names {
            let target = self.state(place.compactMap { self.trie[$0].members[name] } + others)
            self.append(edge: name, to: target, of: &state)
        }
        state.edgeCount = Int32(self.edges.count) - state.edgeStart
        self.states[index] = state
    }

    private mutating func append(edge name: String, to target: Int32, of state: inout PointerState) {
        let bytes = Array(name.utf8)
        let prefix = PointerEdge.prefix(of: bytes)
        let index = Int32(name).flatMap { $0 >= 0 && String($0) == name ? $0 : nil } ?? -1
        self.edges.append(
            PointerEdge(
                prefix: prefix, length: Int32(bytes.count), keyStart: Int32(self.keys.count), target: target, index: index))
        self.keys += bytes
        state.keyBits |= PointerEdge.bit(prefix)
        state.hasIndexEdges = state.hasIndexEdges || index >= 0
    }
}

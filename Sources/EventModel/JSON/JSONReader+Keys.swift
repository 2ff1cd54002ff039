extension JSONReader {
    /// The key at `start` and where it leads from `state`; gives the offset behind its closing quote.
    @inline(__always)
    func key(at start: Int, state: Int32) throws(JSONError) -> (end: Int, target: Int32) {
        guard self.peek(start) == UInt8(ascii: "\"") else { throw self.fault(start) }
        if state == PointerState.dead { return (try self.string(at: start), PointerState.dead) }
        let body = start &+ 1
        let stop = self.mark(body)
        guard body &+ 8 <= self.end, self.peek(stop) == UInt8(ascii: "\"") else {
            return try self.oddKey(at: start, state: state)
        }
        let length = stop &- body
        // The bytes below the quote are the key's prefix.
        let kept: UInt64 = length < 8 ? 1 &<< UInt64(truncatingIfNeeded: length &* 8) &- 1 : .max
        return (stop &+ 1, self.target(prefix: self.word(body) & kept, length: length, body: body, from: state))
    }

    /// A key near the end of the text, or one with something special in it.
    @inline(never)
    private func oddKey(at start: Int, state: Int32) throws(JSONError) -> (end: Int, target: Int32) {
        let body = start &+ 1
        let stop = try self.string(at: start)
        let length = stop - 1 - body
        guard self.isEscaped(from: body, to: stop - 1) else {
            var prefix: UInt64 = 0
            for place in 0..<min(length, 8) { prefix |= UInt64(self.byte(body + place)) << UInt64(place * 8) }
            return (stop, self.target(prefix: prefix, length: length, body: body, from: state))
        }
        return (stop, self.target(of: self.unescaped(from: body, count: length), from: state))
    }

    /// An escaped key's text. Allocates; no writer of JSON escapes the keys that patterns name.
    func unescaped(from start: Int, count: Int) -> [UInt8] {
        var text: [UInt8] = []
        JSONEscapes.unescape(count: count, byte: { self.byte(start + $0) }, into: &text)
        return text
    }

    func isEscaped(from start: Int, to stop: Int) -> Bool {
        (start..<stop).contains { self.byte($0) == UInt8(ascii: "\\") }
    }

    @inline(__always)
    private func target(prefix: UInt64, length: Int, body: Int, from state: Int32) -> Int32 {
        self.target(prefix, length, from: state) { edge in
            length <= 8 || self.hasKey(edge, at: body, length: length)
        }
    }

    /// Compares what follows the first eight bytes of a key that is longer: eight at a time, the last eight last.
    @inline(__always)
    private func hasKey(_ edge: PointerEdge, at body: Int, length: Int) -> Bool {
        let key = Int(edge.keyStart)
        var place = 8
        while place &+ 8 < length {
            if self.word(body &+ place) != self.keyWord(key &+ place) { return false }
            place &+= 8
        }
        return self.word(body &+ length &- 8) == self.keyWord(key &+ length &- 8)
    }

    /// The same for a key that had to be unescaped first.
    private func target(of name: [UInt8], from state: Int32) -> Int32 {
        self.target(PointerEdge.prefix(of: name), name.count, from: state) { edge in
            name.indices.dropFirst(8).allSatisfy { name[$0] == self.keyByte(Int(edge.keyStart) + $0) }
        }
    }

    /// Where a key leads; `agrees` compares what the prefix leaves out.
    @inline(__always)
    private func target(
        _ prefix: UInt64, _ length: Int, from state: Int32, agrees: (PointerEdge) -> Bool
    ) -> Int32 {
        let here = self.state(state)
        var place = PointerEdge.hash(prefix, length) &>> here.hashShift
        while true {
            let edge = self.edge(Int(here.edgeStart) &+ Int(truncatingIfNeeded: place))
            if edge.prefix == prefix && Int(edge.length) == length && agrees(edge) { return Int32(edge.target) }
            if edge.length < 0 { return here.otherwise }
            place = (place &+ 1) & here.placeMask
        }
    }
}

/// The compiled patterns as the walker reads them; valid inside `PointerSet.withTable` only.
@unsafe struct PointerTable {
    let states: UnsafeBufferPointer<PointerState>
    let edges: UnsafeBufferPointer<PointerEdge>
    let keys: UnsafeBufferPointer<UInt8>
    let reports: UnsafeBufferPointer<Int32>
}

extension PointerSet {
    /// Lends the automaton.
    func withTable(_ body: (PointerTable) -> Void) {
        unsafe self.states.withUnsafeBufferPointer { states in
            unsafe self.edges.withUnsafeBufferPointer { edges in
                unsafe self.keys.withUnsafeBufferPointer { keys in
                    unsafe self.reports.withUnsafeBufferPointer { reports in
                        unsafe body(PointerTable(states: states, edges: edges, keys: keys, reports: reports))
                    }
                }
            }
        }
    }
}

/// The pass over the text: grammar here, strings and numbers in extensions. Its pointers are lent by
/// `JSONScanner.walk`; every read goes through `byte`, `peek` or `word`, which is where the bounds are argued
/// (and checked, in debug builds).
@safe struct JSONWalker {
    private let text: UnsafeBufferPointer<UInt8>
    private let table: PointerTable
    /// Nothing at or behind this offset is read.
    let end: Int
    var elementsMax = Int.max
    var matches: [JSONMatch] = []
    var elements: [JSONElement] = []

    init(text: UnsafeBufferPointer<UInt8>, end: Int, table: PointerTable) {
        unsafe self.text = text
        unsafe self.table = table
        self.end = end
    }

    /// Takes the scanner's storage over, emptied, so that it is written without copying.
    mutating func adopt(matches: inout [JSONMatch], elements: inout [JSONElement]) {
        swap(&self.matches, &matches)
        swap(&self.elements, &elements)
        self.matches.removeAll(keepingCapacity: true)
        self.elements.removeAll(keepingCapacity: true)
    }

    /// Gives the storage back.
    mutating func release(matches: inout [JSONMatch], elements: inout [JSONElement]) {
        swap(&self.matches, &matches)
        swap(&self.elements, &elements)
    }

    // MARK: Reading

    /// The byte at `place`, which must be below `end`.
    @inline(__always) func byte(_ place: Int) -> UInt8 { unsafe self.text[place] }

    /// The byte at `place`, or 0, which no grammar rule accepts, behind the end.
    @inline(__always) func peek(_ place: Int) -> UInt8 { place < self.end ? unsafe self.text[place] : 0 }

    /// Eight bytes from `place`, little endian; `place + 8` must not be behind `end`.
    @inline(__always) func word(_ place: Int) -> UInt64 {
        UInt64(
            littleEndian: unsafe UnsafeRawBufferPointer(self.text).loadUnaligned(fromByteOffset: place, as: UInt64.self)
        )
    }

    @inline(__always) func state(_ id: Int32) -> PointerState { unsafe self.table.states[Int(id)] }
    @inline(__always) func edge(_ index: Int) -> PointerEdge { unsafe self.table.edges[index] }
    @inline(__always) func keyByte(_ index: Int) -> UInt8 { unsafe self.table.keys[index] }
    @inline(__always) func report(_ index: Int32) -> Int { Int(unsafe self.table.reports[Int(index)]) }

    /// The first place from `place` on that holds no white space.
    @inline(__always) func skip(_ place: Int) -> Int {
        if self.peek(place) > 0x20 { return place }
        return self.skipSpace(place)
    }

    private func skipSpace(_ start: Int) -> Int {
        var place = start
        while place < self.end {
            switch self.byte(place) {
            case 0x20, 0x0A, 0x0D, 0x09: place &+= 1
            default: return place
            }
        }
        return place
    }

    /// The fault at `place`: the end of the text or a byte that cannot stand there.
    @inline(never) func fault(_ place: Int) -> JSONError {
        JSONError(place >= self.end ? .unexpectedEnd : .unexpectedByte, at: place)
    }

    // MARK: Grammar

    /// One whole text from `start` to the end.
    mutating func document(from start: Int) throws(JSONError) {
        try self.refuseByteOrderMark(at: start)
        let stop = self.skip(try self.value(at: self.skip(start), state: 0, depth: 0))
        guard stop == self.end else { throw JSONError(.trailingBytes, at: stop) }
    }

    func refuseByteOrderMark(at start: Int) throws(JSONError) {
        if self.peek(start) == 0xEF { throw JSONError(.byteOrderMark, at: start) }
    }

    /// The value at `start`, with its matches; gives the offset behind it.
    mutating func value(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        guard state != PointerState.dead else { return try self.bareValue(at: start, state: state, depth: depth) }
        let here = self.state(state)
        guard here.reportStart != here.reportEnd else {
            return try self.bareValue(at: start, state: state, depth: depth)
        }
        guard let type = Self.type(of: self.peek(start)) else { throw self.fault(start) }
        let mark = self.matches.count
        for report in here.reportStart..<(type.isScalar ? here.reportEnd : here.scalarStart) {
            self.matches.append(JSONMatch(pointer: self.report(report), start: start, end: start, type: type))
        }
        let added = self.matches.count - mark
        let stop = try self.bareValue(at: start, state: state, depth: depth)
        for index in mark..<(mark + added) { self.matches[index].end = stop }
        return stop
    }

    static func type(of byte: UInt8) -> JSONType? {
        switch byte {
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "t"): .true_
        case UInt8(ascii: "f"): .false_
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        default: nil
        }
    }

    private mutating func bareValue(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        switch self.peek(start) {
        case UInt8(ascii: "\""): return try self.string(at: start)
        case UInt8(ascii: "{"): return try self.object(at: start, state: state, depth: depth &+ 1)
        case UInt8(ascii: "["): return try self.array(at: start, state: state, depth: depth &+ 1)
        case UInt8(ascii: "t"): return try self.literal("true", at: start)
        case UInt8(ascii: "f"): return try self.literal("false", at: start)
        case UInt8(ascii: "n"): return try self.literal("null", at: start)
        default: return try self.number(at: start)
        }
    }

    private mutating func object(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        guard depth <= JSONScanner.depthMax else { throw JSONError(.tooDeep, at: start) }
        var place = self.skip(start &+ 1)
        if self.peek(place) == UInt8(ascii: "}") { return place &+ 1 }
        while true {
            let key = try self.key(at: place, state: state)
            place = try self.value(at: self.colon(key.end), state: key.target, depth: depth)
            place = self.skip(place)
            switch self.peek(place) {
            case UInt8(ascii: ","): place = self.skip(place &+ 1)
            case UInt8(ascii: "}"): return place &+ 1
            default: throw self.fault(place)
            }
        }
    }

    /// Passes the colon that must follow a key; gives the place of the value.
    @inline(__always) func colon(_ end: Int) throws(JSONError) -> Int {
        let place = self.skip(end)
        guard self.peek(place) == UInt8(ascii: ":") else { throw self.fault(place) }
        return self.skip(place &+ 1)
    }

    private mutating func array(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        guard depth <= JSONScanner.depthMax else { throw JSONError(.tooDeep, at: start) }
        var place = self.skip(start &+ 1)
        if self.peek(place) == UInt8(ascii: "]") { return place &+ 1 }
        var index: Int32 = 0
        while true {
            place = try self.value(at: place, state: self.target(of: index, from: state), depth: depth)
            place = self.skip(place)
            switch self.peek(place) {
            case UInt8(ascii: ","): place = self.skip(place &+ 1)
            case UInt8(ascii: "]"): return place &+ 1
            default: throw self.fault(place)
            }
            index &+= 1
        }
    }

    /// Where element `index` leads from `state`.
    @inline(__always) private func target(of index: Int32, from state: Int32) -> Int32 {
        guard state != PointerState.dead else { return PointerState.dead }
        let here = self.state(state)
        guard here.hasIndexEdges else { return here.otherwise }
        for place in Int(here.edgeStart)..<Int(here.edgeStart + here.edgeCount) where self.edge(place).index == index {
            return self.edge(place).target
        }
        return here.otherwise
    }
}

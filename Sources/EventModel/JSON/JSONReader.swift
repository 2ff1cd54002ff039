/// The compiled patterns as the walker reads them; valid inside `PointerSet.withTable` only.
@unsafe struct PointerTable {
    let states: UnsafeBufferPointer<PointerState>
    let edges: UnsafeBufferPointer<PointerEdge>
    let keys: UnsafeBufferPointer<UInt8>
    let reports: UnsafeBufferPointer<Int32>
}

extension PointerSet {
    /// Lends the automaton.
    func withTable(_ body: (UnsafePointer<PointerTable>) -> Void) {
        unsafe self.states.withUnsafeBufferPointer { states in
            unsafe self.edges.withUnsafeBufferPointer { edges in
                unsafe self.keys.withUnsafeBufferPointer { keys in
                    unsafe self.reports.withUnsafeBufferPointer { reports in
                        let table = unsafe PointerTable(states: states, edges: edges, keys: keys, reports: reports)
                        unsafe withUnsafePointer(to: table) { unsafe body($0) }
                    }
                }
            }
        }
    }
}

/// The text and the patterns as the pass over the text reads them. Its pointers are lent by `JSONScanner.walk`; every
/// read goes through `byte`, `peek`, `word` or `mark`, which is where the bounds are argued (and checked, in debug
/// builds).
///
/// Four words, so that it is handed on in registers: a larger one is copied to the stack for every key.
@safe struct JSONReader {
    private let text: UnsafePointer<UInt8>
    /// A bit for each byte that a string has to be stopped at (`JSONMarks`), and one at `end`.
    private let marks: UnsafePointer<UInt64>
    private let table: UnsafePointer<PointerTable>
    /// Nothing at or behind this offset is read.
    let end: Int

    init(text: UnsafePointer<UInt8>, end: Int, marks: UnsafePointer<UInt64>, table: UnsafePointer<PointerTable>) {
        unsafe self.text = text
        unsafe self.marks = marks
        unsafe self.table = table
        self.end = end
    }

    /// The byte at `place`, which must be below `end`.
    @inline(__always) func byte(_ place: Int) -> UInt8 {
        assert(place >= 0 && place < self.end, "outside the text")
        return unsafe self.text[place]
    }

    /// The byte at `place`, or 0, which no grammar rule accepts, behind the end.
    @inline(__always) func peek(_ place: Int) -> UInt8 { place < self.end ? self.byte(place) : 0 }

    /// Eight bytes from `place`, little endian; `place + 8` must not be behind `end`.
    @inline(__always) func word(_ place: Int) -> UInt64 {
        assert(place >= 0 && place + 8 <= self.end, "outside the text")
        return UInt64(littleEndian: unsafe UnsafeRawPointer(self.text + place).loadUnaligned(as: UInt64.self))
    }

    /// The first place at or behind `start`, which is not behind the end, that ends the plain part of a string; or the
    /// end.
    @inline(__always) func mark(_ start: Int) -> Int {
        var place = start
        while true {
            assert(place >= 0 && place <= self.end, "outside the text")
            // From the byte of the marks that has the place's, at least 57 of them.
            let bytes = unsafe UnsafeRawPointer(self.marks) + place &>> 3
            let word = UInt64(littleEndian: unsafe bytes.loadUnaligned(as: UInt64.self)) &>> UInt64(place & 7)
            if word != 0 { return place &+ word.trailingZeroBitCount }
            place = (place | 7) &+ 57
        }
    }

    @inline(__always) func state(_ id: Int32) -> PointerState { unsafe self.table.pointee.states[Int(id)] }
    @inline(__always) func edge(_ index: Int) -> PointerEdge { unsafe self.table.pointee.edges[index] }
    @inline(__always) func keyByte(_ index: Int) -> UInt8 { unsafe self.table.pointee.keys[index] }
    /// Eight bytes of the keys, little endian; all of them must be one key's.
    @inline(__always) func keyWord(_ index: Int) -> UInt64 {
        let keys = unsafe UnsafeRawBufferPointer(self.table.pointee.keys)
        return UInt64(littleEndian: unsafe keys.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
    @inline(__always) func report(_ index: Int32) -> Int { Int(unsafe self.table.pointee.reports[Int(index)]) }

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

    /// Passes the colon that must follow a key; gives the place of the value.
    @inline(__always) func colon(_ end: Int) throws(JSONError) -> Int {
        var place = end
        if self.peek(place) != UInt8(ascii: ":") {
            place = self.skip(end)
            guard self.peek(place) == UInt8(ascii: ":") else { throw self.fault(place) }
        }
        return self.skip(place &+ 1)
    }

    /// True when a value in `state` may be a match.
    @inline(__always) func isReported(_ state: Int32) -> Bool {
        guard state != PointerState.dead else { return false }
        let here = self.state(state)
        return here.reportStart != here.reportEnd
    }

    /// Where element `index` leads from `state`.
    @inline(__always) func target(of index: Int32, from state: Int32) -> Int32 {
        guard state != PointerState.dead else { return PointerState.dead }
        let here = self.state(state)
        guard here.hasIndexEdges else { return here.otherwise }
        let start = Int(here.edgeStart)
        for place in start...(start + Int(here.placeMask)) where Int32(self.edge(place).index) == index {
            return Int32(self.edge(place).target)
        }
        return here.otherwise
    }

    func refuseByteOrderMark(at start: Int) throws(JSONError) {
        if self.peek(start) == 0xEF { throw JSONError(.byteOrderMark, at: start) }
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
}

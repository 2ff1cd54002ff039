/// The pass over the text: grammar and matches; `JSONReader` reads strings, numbers and keys.
struct JSONWalker: ~Copyable {
    let reader: JSONReader
    var elementsMax = Int.max
    var matches: [JSONMatch] = []
    var elements: [JSONElement] = []

    init(_ reader: JSONReader) { self.reader = reader }

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

    // MARK: Grammar

    /// One whole text from `start` to the end.
    mutating func document(from start: Int) throws(JSONError) {
        try self.reader.refuseByteOrderMark(at: start)
        let stop = self.reader.skip(try self.value(at: self.reader.skip(start), state: 0, depth: 0))
        guard stop == self.reader.end else { throw JSONError(.trailingBytes, at: stop) }
    }

    /// The value at `start`, with its matches; gives the offset behind it.
    mutating func value(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        let reader = self.reader
        guard reader.isReported(state) else { return try self.bareValue(at: start, state: state, depth: depth) }
        // What is asked for is mostly a string.
        if reader.peek(start) == UInt8(ascii: "\"") {
            let stop = try reader.string(at: start)
            self.report(.string, start, stop, of: state, scalar: true)
            return stop
        }
        guard let type = JSONReader.type(of: reader.peek(start)) else { throw reader.fault(start) }
        if type.isScalar {
            let stop = try self.bareValue(at: start, state: state, depth: depth)
            self.report(type, start, stop, of: state, scalar: true)
            return stop
        }
        let mark = self.matches.count
        self.report(type, start, start, of: state, scalar: false)
        let added = self.matches.count
        let stop = try self.bareValue(at: start, state: state, depth: depth)
        for index in mark..<added { self.matches[index].end = stop }
        return stop
    }

    @inline(__always)
    private mutating func report(_ type: JSONType, _ start: Int, _ stop: Int, of state: Int32, scalar: Bool) {
        let here = self.reader.state(state)
        for report in here.reportStart..<(scalar ? here.reportEnd : here.scalarStart) {
            self.matches.append(JSONMatch(pointer: self.reader.report(report), start: start, end: stop, type: type))
        }
    }

    @inline(__always)
    private mutating func bareValue(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        let reader = self.reader
        switch reader.peek(start) {
        case UInt8(ascii: "\""): return try reader.string(at: start)
        case UInt8(ascii: "{"): return try self.object(at: start, state: state, depth: depth &+ 1)
        case UInt8(ascii: "["): return try self.array(at: start, state: state, depth: depth &+ 1)
        case UInt8(ascii: "t"): return try reader.literal("true", at: start)
        case UInt8(ascii: "f"): return try reader.literal("false", at: start)
        case UInt8(ascii: "n"): return try reader.literal("null", at: start)
        default: return try reader.number(at: start)
        }
    }

    private mutating func object(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        let reader = self.reader
        guard depth <= JSONScanner.depthMax else { throw JSONError(.tooDeep, at: start) }
        var place = reader.skip(start &+ 1)
        if reader.peek(place) == UInt8(ascii: "}") { return place &+ 1 }
        while true {
            let key = try reader.key(at: place, state: state)
            place = try reader.colon(key.end)
            // Half of all values are strings that nobody asked for: they are read without a call.
            if reader.peek(place) == UInt8(ascii: "\""), !reader.isReported(key.target) {
                place = try reader.string(at: place)
            } else {
                place = try self.value(at: place, state: key.target, depth: depth)
            }
            if reader.peek(place) != UInt8(ascii: ",") { place = reader.skip(place) }
            switch reader.peek(place) {
            case UInt8(ascii: ","): place = reader.skip(place &+ 1)
            case UInt8(ascii: "}"): return place &+ 1
            default: throw reader.fault(place)
            }
        }
    }

    private mutating func array(at start: Int, state: Int32, depth: Int) throws(JSONError) -> Int {
        let reader = self.reader
        guard depth <= JSONScanner.depthMax else { throw JSONError(.tooDeep, at: start) }
        var place = reader.skip(start &+ 1)
        if reader.peek(place) == UInt8(ascii: "]") { return place &+ 1 }
        var index: Int32 = 0
        while true {
            place = try self.value(at: place, state: reader.target(of: index, from: state), depth: depth)
            place = reader.skip(place)
            switch reader.peek(place) {
            case UInt8(ascii: ","): place = reader.skip(place &+ 1)
            case UInt8(ascii: "]"): return place &+ 1
            default: throw reader.fault(place)
            }
            index &+= 1
        }
    }
}

extension JSONWalker {
    /// A request body in one of its three forms.
    mutating func body() throws(JSONError) {
        try self.reader.refuseByteOrderMark(at: 0)
        let start = self.reader.skip(0)
        let stop: Int
        switch self.reader.peek(start) {
        case UInt8(ascii: "["): stop = try self.elements(at: start, depth: 1)
        case UInt8(ascii: "{"): stop = try self.eventOrEnvelope(at: start)
        default:
            try self.document(from: 0)
            throw JSONError(.notEvents, at: start)
        }
        let rest = self.reader.skip(stop)
        guard rest == self.reader.end else { throw JSONError(.trailingBytes, at: rest) }
    }

    /// The array at `start`, each element a text of its own with the patterns' root; gives the offset behind it.
    private mutating func elements(at start: Int, depth: Int) throws(JSONError) -> Int {
        self.elements.removeAll(keepingCapacity: true)
        var place = self.reader.skip(start + 1)
        if self.reader.peek(place) == UInt8(ascii: "]") { return place + 1 }
        while true {
            place = self.reader.skip(try self.element(at: place, depth: depth))
            switch self.reader.peek(place) {
            case UInt8(ascii: ","): place = self.reader.skip(place + 1)
            case UInt8(ascii: "]"): return place + 1
            default: throw self.reader.fault(place)
            }
        }
    }

    private mutating func element(at start: Int, depth: Int) throws(JSONError) -> Int {
        guard self.elements.count < self.elementsMax else { throw JSONError(.tooManyElements, at: start) }
        guard let type = JSONReader.type(of: self.reader.peek(start)) else { throw self.reader.fault(start) }
        let mark = self.matches.count
        let stop = try self.value(at: start, state: 0, depth: depth)
        self.elements.append(JSONElement(range: start..<stop, matches: mark..<self.matches.count, type: type))
        return stop
    }

    /// An object is an envelope when it has an array `events` and no `name`; else it is one event. It is walked as an
    /// event, and the array's elements on the way, so that the usual forms cost one pass.
    private mutating func eventOrEnvelope(at start: Int) throws(JSONError) -> Int {
        var isEnvelope = false
        var hasName = false
        let stop = try self.envelopeMembers(at: start, isEnvelope: &isEnvelope, hasName: &hasName)
        if isEnvelope && !hasName { return stop }
        if isEnvelope { self.matches.removeAll(keepingCapacity: true) }
        self.elements.removeAll(keepingCapacity: true)
        if isEnvelope { return try self.element(at: start, depth: 0) }
        guard self.elementsMax > 0 else { throw JSONError(.tooManyElements, at: start) }
        self.elements.append(JSONElement(range: start..<stop, matches: 0..<self.matches.count, type: .object))
        return stop
    }

    private mutating func envelopeMembers(
        at start: Int, isEnvelope: inout Bool, hasName: inout Bool
    ) throws(JSONError) -> Int {
        let root = self.reportRoot(at: start)
        var place = self.reader.skip(start + 1)
        if self.reader.peek(place) == UInt8(ascii: "}") { return self.closeRoot(root, at: place + 1) }
        while true {
            let key = try self.reader.key(at: place, state: 0)
            let isEvents = self.isKey("events", from: place, to: key.end)
            hasName = hasName || self.isKey("name", from: place, to: key.end)
            place = try self.reader.colon(key.end)
            if isEvents && self.reader.peek(place) == UInt8(ascii: "[") {
                isEnvelope = true
                place = try self.elements(at: place, depth: 2)
            } else {
                place = try self.value(at: place, state: key.target, depth: 1)
            }
            place = self.reader.skip(place)
            switch self.reader.peek(place) {
            case UInt8(ascii: ","): place = self.reader.skip(place + 1)
            case UInt8(ascii: "}"): return self.closeRoot(root, at: place + 1)
            default: throw self.reader.fault(place)
            }
        }
    }

    /// Matches of the empty pointer, which names the whole event.
    private mutating func reportRoot(at start: Int) -> Int {
        let root = self.reader.state(0)
        for report in root.reportStart..<root.scalarStart {
            self.matches.append(JSONMatch(pointer: self.reader.report(report), start: start, end: start, type: .object))
        }
        return self.matches.count
    }

    private mutating func closeRoot(_ count: Int, at stop: Int) -> Int {
        for index in 0..<count { self.matches[index].end = stop }
        return stop
    }

    /// True when the key in `[start, stop)`, quotes included, reads `name`, escaped or not.
    private func isKey(_ name: StaticString, from start: Int, to stop: Int) -> Bool {
        let length = stop - start - 2
        let count = name.utf8CodeUnitCount
        guard length >= count else { return false }
        if length == count {
            return (0..<count).allSatisfy { JSONReader.byte($0, of: name) == self.reader.byte(start + 1 + $0) }
        }
        let first = self.reader.byte(start + 1)
        // An escape takes six bytes at most for one of the name's.
        guard first == UInt8(ascii: "\\") || first == JSONReader.byte(0, of: name), length <= count * 6,
            self.reader.isEscaped(from: start, to: stop)
        else { return false }
        let text = self.reader.unescaped(from: start + 1, count: length)
        return text.count == count && text.indices.allSatisfy { JSONReader.byte($0, of: name) == text[$0] }
    }
}

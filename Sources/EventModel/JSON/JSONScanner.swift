/// Reads JSON: checks it strictly (RFC 8259, UTF-8, nesting) and notes where the values are that a `PointerSet`
/// asks for. Nothing is decoded and nothing allocated once the storage has grown to the largest text seen. One pass marks
/// the bytes that end strings, many at a time (`JSONMarks`); the other goes from mark to mark.
///
/// Accepted as JSON text: escaped surrogates that stand alone (`"\ud800"`), which become U+FFFD when a string is
/// read, and `\u0000`, which text leaves out. Of duplicate keys every occurrence is a match, in the order of the text,
/// so the last one counts. Keys are compared unescaped. A container's match stands before the matches inside it.
///
/// One scanner belongs to one thread at a time. Time is linear in the text; recursion is at most `depthMax` deep.
package struct JSONScanner: Sendable {
    /// Levels of nesting that are read; deeper text is refused. Real events need about 12.
    package static let depthMax = 128

    /// What the last scan found, in the order of the text. After an error the content is not specified.
    package private(set) var matches: [JSONMatch] = []
    /// The events that the last `scanEvents` found.
    package private(set) var elements: [JSONElement] = []
    private var marks = JSONMarks()

    /// A scanner with empty storage.
    package init() {}

    /// Checks the one value in `bytes[from..<to]` and collects the matches of `pointers`.
    package mutating func scan(
        _ bytes: Span<UInt8>, from: Int = 0, to: Int? = nil, pointers: PointerSet
    ) throws(JSONError) {
        try self.walk(bytes, from: from, to: to ?? bytes.count, pointers) { (walker) throws(JSONError) in
            try walker.document(from: from)
        }
    }

    /// Reads a body of one event, an array of events, or an object with an array `events` (and no `name`, which would
    /// make it an event itself). Each element of the body is matched as a text of its own and found in `elements`.
    package mutating func scanEvents(
        _ bytes: Span<UInt8>, pointers: PointerSet, elementsMax: Int
    ) throws(JSONError) {
        try self.walk(bytes, from: 0, to: bytes.count, pointers) { (walker) throws(JSONError) in
            walker.elementsMax = elementsMax
            try walker.body()
        }
    }

    /// Lends the storage to a walker over the bytes and takes it back, also after an error.
    private mutating func walk(
        _ bytes: Span<UInt8>, from: Int, to: Int, _ pointers: PointerSet,
        _ body: (inout JSONWalker) throws(JSONError) -> Void
    ) throws(JSONError) {
        precondition(from >= 0 && from <= to && to <= bytes.count, "range outside the bytes")
        var failure: JSONError?
        unsafe bytes.withUnsafeBufferPointer { text in
            guard let text = text.baseAddress else { return failure = JSONError(.unexpectedEnd, at: 0) }
            unsafe self.marks.mark(text, from: from, to: to) { marks in
                unsafe pointers.withTable { table in
                    var walker = JSONWalker(unsafe JSONReader(text: text, end: to, marks: marks, table: table))
                    walker.adopt(matches: &self.matches, elements: &self.elements)
                    do throws(JSONError) { try body(&walker) } catch { failure = error }
                    walker.release(matches: &self.matches, elements: &self.elements)
                }
            }
        }
        if let failure { throw failure }
    }
}

internal import CVector

/// The first pass over a text: a bit for each byte, set where the plain part of a string ends, that is at quotes,
/// backslashes, control characters and all that is not ASCII. The second pass goes from one to the next.
struct JSONMarks {
    private var words: [UInt64] = []

    /// Marks `text[from..<to]`, and `to`, and lends the marks; those before `from` are not to be used. Two words, counted
    /// from that of `to`, can be read.
    mutating func mark(_ text: UnsafePointer<UInt8>, from: Int, to: Int, _ body: (UnsafePointer<UInt64>) -> Void) {
        let first = from / 64
        let needed = to / 64 + 2
        // A little more, since texts are about as long as the one before.
        if self.words.count < needed { self.words = [UInt64](repeating: 0, count: needed + needed / 4) }
        unsafe self.words.withUnsafeMutableBufferPointer { words in
            guard let start = words.baseAddress else { return }
            unsafe cvector_json_marks(text + first * 64, to - first * 64, start + first)
            unsafe body(UnsafePointer(start))
        }
    }
}

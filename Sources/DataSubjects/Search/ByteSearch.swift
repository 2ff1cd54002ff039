/// Finds byte strings in byte strings.
enum ByteSearch {
    /// True when `bytes` hold any of the texts. Each text is looked for by its first byte: for some hundred texts and
    /// some kilobytes that is fast enough.
    static func holds(_ bytes: [UInt8], any texts: [[UInt8]]) -> Bool {
        texts.contains { holds(bytes, $0) }
    }

    private static func holds(_ bytes: [UInt8], _ text: [UInt8]) -> Bool {
        guard let first = text.first, bytes.count >= text.count else { return false }
        for start in 0...(bytes.count - text.count)
        where bytes[start] == first && bytes[start..<start + text.count].elementsEqual(text) {
            return true
        }
        return false
    }
}

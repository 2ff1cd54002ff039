/// What the rows of each block have in common in time. A query passes over blocks outside of its period, and counts one
/// that lies in one of its buckets without looking at the times of the rows.
///
/// Bounds only widen while rows change, so a row is always within those of its block.
struct BlockBounds {
    /// Rows of a block: so few that what one loop writes for them the next finds in the processor's cache, so many that
    /// what is done once a block costs nothing.
    static let rows = 4_096

    /// Slots, of which the first is after the last where no row has been.
    struct Span {
        /// Of the earliest start.
        private(set) var first = UInt32.max
        /// Of the latest start.
        private(set) var lastStart: UInt32 = 0
        /// Of the latest event.
        private(set) var lastEvent: UInt32 = 0

        /// A row of the block is not in use, or was not.
        fileprivate(set) var hasGaps = false

        /// True where a row can have its start in these slots.
        func canStart(in slots: Range<UInt32>) -> Bool { first < slots.upperBound && lastStart >= slots.lowerBound }

        /// True where every row is in use and has its start in these slots.
        func allStart(in slots: Range<UInt32>) -> Bool {
            !hasGaps && first >= slots.lowerBound && lastStart < slots.upperBound
        }

        fileprivate mutating func widen(_ start: UInt32, _ end: UInt32) {
            first = min(first, start)
            lastStart = max(lastStart, start)
            lastEvent = max(lastEvent, end)
        }
    }

    private(set) var spans: [Span] = []

    /// Bytes it holds on to.
    var byteCount: Int { MemoryLayout<Span>.stride * spans.capacity }

    /// The rows of a block in a shop with `rowCount` rows.
    static func rows(of block: Int, rowCount: Int) -> Range<Int> {
        block * rows..<min((block + 1) * rows, rowCount)
    }

    /// Notes that a row is no longer in use.
    mutating func leave(_ row: Int) { spans[row / Self.rows].hasGaps = true }

    /// Takes in a row with the slots of its start and of its last event; `row` is at most the number of rows.
    mutating func widen(_ row: Int, from start: UInt32, to end: UInt32) {
        let block = row / Self.rows
        if block == spans.count { spans.append(Span()) }
        spans[block].widen(start, end)
    }
}

internal import EventModel
internal import ReadModels

/// Which reader opens which stretch of a lane next. Stretches are given out in the log's order, each to one reader, and
/// a stretch may take several batches: large documents and tombstones end a batch early.
struct ReadingPlan {
    /// What a reader is asked for: events after a position, up to a number of them, none beyond the stretch.
    struct Request: Equatable {
        let after: Position
        let limit: Int
        let bound: Position
    }

    private struct Stretch {
        let reader: Int
        /// The position before what is still to be taken.
        var after: Position
        let through: Position
    }

    private let beginning: Position
    private let target: Position
    private let sizes: ClosedRange<Int>
    /// Given out and not taken whole; ascending, one a reader at most.
    private var stretches: [Stretch] = []
    private var given: Position
    /// Events of the batch that was taken last.
    private var lastCount: Int

    /// Reads what lies after `first`, up to `target`; retention has kept nothing up to `dropped`. Stretches have `sizes`.
    init(
        after first: Position, dropped: Position = 0, to target: Position,
        sizes: ClosedRange<Int> = BatchLimits.rebuild
    ) {
        beginning = max(first, dropped)
        self.target = target
        self.sizes = sizes
        given = first
        lastCount = sizes.upperBound
    }

    /// The reader whose batch is folded next; nil at the target.
    var reader: Int? { stretches.first?.reader }

    /// What this reader, who is not reading, opens next; nil when all is given out.
    mutating func request(of reader: Int) -> Request? {
        if let open = stretches.first(where: { $0.reader == reader }) {
            return Request(after: open.after, limit: Int(open.through - open.after), bound: open.through)
        }
        guard given < target else { return nil }
        let start = min(max(given, beginning), target)
        let size = size(done: start - beginning, left: target - start)
        let stretch = Stretch(reader: reader, after: given, through: start + Int64(size))
        stretches.append(stretch)
        given = stretch.through
        return Request(after: stretch.after, limit: size, bound: stretch.through)
    }

    /// The next reader's batch is about to be folded; gives where it ends. One without events ends its stretch: nothing
    /// is stored there.
    mutating func take(_ batch: FactBatch) -> Position {
        let through = batch.through > batch.after ? batch.through : stretches[0].through
        lastCount = Int(through - stretches[0].after)
        stretches[0].after = through
        if through >= stretches[0].through { stretches.removeFirst() }
        return through
    }

    /// Stretches grow from a small one and shrink to a small one: while the first is read nothing is written, and while
    /// the last is written nothing is read. Where large documents make batches small, so are the stretches, lest one
    /// reader has them all.
    private func size(done: Int64, left: Int64) -> Int {
        let wanted = max(sizes.lowerBound, min(Int(done), Int(left / 2), sizes.upperBound))
        return min(wanted, max(lastCount * 2, BatchLimits.documents), Int(left))
    }
}

package import EventModel

/// Log positions of a visit's events, as runs. A very long list is made coarse: it then covers positions of other
/// events too, so a reader keeps only the events of its visitor within the visit's time.
package struct PositionSet: Sendable, Equatable {
    /// Positions `first ... last`.
    package struct Run: Sendable, Equatable {
        /// The run's first position.
        package var first: Position
        /// The run's last position, itself in it.
        package var last: Position
    }

    /// Ascending, disjoint.
    package private(set) var runs: [Run] = []

    /// A visit of more runs is a machine's; half of the gaps are closed then, so that its row stays below some 20 kB.
    static let runsMax = 4096

    /// Empty.
    package init() {}

    /// Adds one position.
    package mutating func insert(_ position: Position) {
        if let last = runs.last, position == last.last + 1 {
            runs[runs.count - 1].last = position
            return
        }
        insert(Run(first: position, last: position))
    }

    /// Adds all positions of the other.
    package mutating func merge(_ other: PositionSet) {
        for run in other.runs { insert(run) }
    }

    private mutating func insert(_ run: Run) {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].last + 1 < run.first { low = middle + 1 } else { high = middle }
        }
        var merged = run
        var end = low
        while end < runs.count, runs[end].first <= run.last + 1 {
            merged.first = min(merged.first, runs[end].first)
            merged.last = max(merged.last, runs[end].last)
            end += 1
        }
        if end == low + 1 { runs[low] = merged } else { runs.replaceSubrange(low..<end, with: [merged]) }
        if runs.count > Self.runsMax { coarsen() }
    }

    private mutating func coarsen() {
        var coarse: [Run] = []
        for index in stride(from: 0, to: runs.count, by: 2) {
            coarse.append(Run(first: runs[index].first, last: runs[min(index + 1, runs.count - 1)].last))
        }
        runs = coarse
    }

    /// Gaps and lengths, packed.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        var previous: Position = 0
        for run in runs {
            writer.unsigned(UInt64(run.first - previous))
            writer.unsigned(UInt64(run.last - run.first))
            previous = run.last
        }
        return writer.bytes
    }

    /// Reads packed bytes.
    package init(decoding bytes: [UInt8]) throws(ByteReader.Damaged) {
        var reader = ByteReader(bytes)
        var previous: Position = 0
        while !reader.isAtEnd {
            let first = previous + (try reader.integer(Position.self))
            let last = first + (try reader.integer(Position.self))
            runs.append(Run(first: first, last: last))
            previous = last
        }
    }
}

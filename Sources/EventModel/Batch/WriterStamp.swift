/// Numbers a batch on its way through the buffer, so that the log can tell how many events the buffer has lost.
///
/// A writer is one unbroken run of answered appends of one process. It counts the events of each lane; after an append
/// of which it is not known whether the buffer has it, another writer begins, so that no number is given twice.
package struct WriterStamp: Sendable, Equatable {
    /// Names the run; random.
    package let writer: Key128
    /// Events of the lane that the buffer had confirmed to this writer: so many came before this batch.
    package let before: Int64
    /// Where the count stands after this batch.
    package let through: Int64

    /// Numbers a batch.
    package init(writer: Key128, before: Int64, through: Int64) {
        self.writer = writer
        self.before = before
        self.through = through
    }

    private static let byteCount = 32

    /// As it travels beside the batch: writer, before, through, 16 + 8 + 8 bytes.
    package var bytes: [UInt8] {
        var bytes = writer.bytes
        bytes.appendInteger(before)
        bytes.appendInteger(through)
        return bytes
    }

    /// Reads that form; nil for anything else, also for numbers that cannot be.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        let before: Int64 = bytes.integer(at: 16)
        let through: Int64 = bytes.integer(at: 24)
        guard before >= 0, through >= before else { return nil }
        self.init(writer: Key128(bytes: Array(bytes[..<16])), before: before, through: through)
    }
}

extension EventBatch {
    /// A refusal's bytes, and where in them its count stands; see `EventBatchBuilder.append`.
    private static let tally = (byteCount: 9, count: 5)

    /// Events and refusals that an encoded batch brings, by its head alone. Bytes that are no batch count as one, as they
    /// do in the log's accounting.
    package static func receivedCount(_ bytes: [UInt8]) -> Int64 {
        guard bytes.count >= headBytes, bytes.starts(with: magic) else { return 1 }
        let events = Int64(bytes.integer(at: 12, as: UInt16.self))
        let tallies = Int(bytes.integer(at: 18, as: UInt16.self))
        guard bytes.count >= headBytes + tallies * tally.byteCount else { return 1 }
        return (0..<tallies).reduce(into: events) { count, index in
            count += Int64(bytes.integer(at: headBytes + index * tally.byteCount + tally.count, as: UInt32.self))
        }
    }
}

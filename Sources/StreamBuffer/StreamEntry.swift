package import EventModel

/// The id Redis gave an entry: its clock in milliseconds and a number within. Ids of a stream only grow.
package struct StreamEntryID: Sendable, Hashable, Comparable {
    /// Redis's clock.
    package let millis: UInt64
    /// Counts entries of one millisecond.
    package let sequence: UInt64

    /// Names an entry.
    package init(millis: UInt64, sequence: UInt64) {
        self.millis = millis
        self.sequence = sequence
    }

    /// Before every entry.
    package static let zero = StreamEntryID(millis: 0, sequence: 0)

    /// Earlier entries are smaller.
    package static func < (left: StreamEntryID, right: StreamEntryID) -> Bool {
        (left.millis, left.sequence) < (right.millis, right.sequence)
    }

    /// `1700000000000-3`, as commands take it.
    package var text: String { "\(millis)-\(sequence)" }

    /// Reads the text form; nil for anything else.
    package init?(_ bytes: [UInt8]) {
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "-")
        guard parts.count == 2, let millis = UInt64(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
        self.init(millis: millis, sequence: sequence)
    }

    /// The smallest id above this one.
    var next: StreamEntryID {
        sequence == .max
            ? StreamEntryID(millis: millis + 1, sequence: 0) : StreamEntryID(millis: millis, sequence: sequence + 1)
    }
}

/// One entry of a lane's stream. Empty bytes mean that the entry had no field of ours: damage, to be quarantined.
package struct StreamEntry: Sendable, Equatable {
    /// Grows with every entry.
    package let id: StreamEntryID
    /// An encoded batch.
    package let bytes: [UInt8]
    /// Its number; nil for an entry of a gateway that gave none.
    package let stamp: WriterStamp?

    /// Makes an entry.
    package init(id: StreamEntryID, bytes: [UInt8], stamp: WriterStamp? = nil) {
        self.id = id
        self.bytes = bytes
        self.stamp = stamp
    }
}

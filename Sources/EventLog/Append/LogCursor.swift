package import EventModel

/// How far into which buffer the log has read: everything up to this entry is committed.
package struct LogCursor: Sendable, Hashable {
    /// Names the buffer's contents; another incarnation is another buffer, whose entry ids mean nothing here.
    package let incarnation: Key128
    /// The last entry that is taken in.
    package let place: StreamPlace

    /// Names an entry of a buffer.
    package init(incarnation: Key128, place: StreamPlace) {
        self.incarnation = incarnation
        self.place = place
    }
}

/// An entry's place in a buffer: grows with every entry.
package struct StreamPlace: Sendable, Hashable, Comparable {
    /// The buffer's clock.
    package let millis: Int64
    /// Counts entries of one millisecond.
    package let sequence: Int64

    /// Names an entry.
    package init(millis: Int64, sequence: Int64) {
        self.millis = millis
        self.sequence = sequence
    }

    /// Earlier entries are smaller.
    package static func < (left: StreamPlace, right: StreamPlace) -> Bool {
        (left.millis, left.sequence) < (right.millis, right.sequence)
    }
}

/// The newest row of a lane's `log.batch`: where the next append goes on.
package struct LogHead: Sendable, Equatable {
    /// Number of appends so far; 0 for an empty lane.
    package let sequence: Int64
    /// Position of the last event; 0 for an empty lane.
    package let position: Position
    /// Hash of the newest append; 32 zero bytes for an empty lane.
    package let hash: [UInt8]
    /// Nil before the first append from a buffer.
    package let cursor: LogCursor?

    /// Of a lane without an append.
    package static let empty = LogHead(
        sequence: 0, position: 0, hash: [UInt8](repeating: 0, count: 32), cursor: nil)
}

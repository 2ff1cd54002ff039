internal import Cryptography
internal import EventModel

/// The chain of appends: each row's hash covers the one before it, the row, and the bytes of its events' records.
///
/// SHA-256 over: "footfall.log.1" · hash before · lane i16 · sequence i64 · first position i64 · event count i32 ·
/// cursor (incarnation 16 bytes, milliseconds i64, sequence i64; zeros for none) · accounting length i32 · accounting ·
/// SHA-256 over the records; integers big-endian.
struct ChainHash {
    let lane: Lane
    let sequence: Int64
    let firstPosition: Position
    let eventCount: Int
    let cursor: LogCursor?
    let accounting: [UInt8]

    func value(after previous: [UInt8], records digest: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(Array("footfall.log.1".utf8))
        hash.update(previous)
        hash.update(bigEndian: lane)
        hash.update(bigEndian: sequence)
        hash.update(bigEndian: firstPosition)
        hash.update(bigEndian: Int32(eventCount))
        hash.update((cursor?.incarnation ?? .zero).bytes)
        hash.update(bigEndian: cursor?.place.millis ?? 0)
        hash.update(bigEndian: cursor?.place.sequence ?? 0)
        hash.update(bigEndian: Int32(accounting.count))
        hash.update(accounting)
        hash.update(digest)
        return hash.finish()
    }

    /// Over the records of the accepted events, in order. Neighbours in a batch are hashed as one piece.
    static func digest(_ events: [AppendPlan.Event], _ entries: [AppendPlan.Entry]) -> [UInt8] {
        var hash = SHA256()
        var index = 0
        while index < events.count {
            let entry = events[index].entry
            guard case .batch(let batch) = entries[Int(entry)].content else { break }
            var piece = 0..<0
            while index < events.count, events[index].entry == entry {
                if events[index].verdict == .accepted {
                    let record = batch.records[Int(events[index].record)].record
                    if piece.upperBound == record.lowerBound, !piece.isEmpty {
                        piece = piece.lowerBound..<record.upperBound
                    } else {
                        hash.update(batch.bytes.span.extracting(piece))
                        piece = record
                    }
                }
                index += 1
            }
            hash.update(batch.bytes.span.extracting(piece))
        }
        return hash.finish()
    }
}

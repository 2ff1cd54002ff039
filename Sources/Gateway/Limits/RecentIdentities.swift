package import EventModel
internal import Synchronization

/// What this process has seen lately, so that an answer can say `duplicate` or `quarantined`. It decides nothing: every
/// event is sent on, and the log knows for certain.
package final class RecentIdentities: Sendable {
    /// What is known about an identity.
    package enum Verdict: Sendable, Equatable {
        case new, duplicate, conflict
    }

    private struct Entry {
        var key = Key128.zero
        var content: UInt64 = 0
    }

    private let table: Mutex<[Entry]>
    /// Identities kept, 1.5 MiB: a few seconds of the top rate, minutes of an ordinary one.
    package static let entryCount = 1 << 16

    package init() {
        self.table = Mutex(Array(repeating: Entry(), count: Self.entryCount))
    }

    /// Notes an identity and tells whether it was there. A newer one takes the place of an older of the same slot.
    package func note(_ key: Key128, content: UInt64) -> Verdict {
        let index = Int(truncatingIfNeeded: key.low) & (Self.entryCount - 1)
        return table.withLock { entries in
            if entries[index].key == key { return entries[index].content == content ? .duplicate : .conflict }
            entries[index] = Entry(key: key, content: content)
            return .new
        }
    }

    /// Forgets an identity whose event did not become durable.
    package func forget(_ key: Key128) {
        let index = Int(truncatingIfNeeded: key.low) & (Self.entryCount - 1)
        table.withLock { entries in
            if entries[index].key == key { entries[index] = Entry() }
        }
    }
}

/// An answer that says up to when it is complete.
package protocol DatedAnswer: Sendable {
    /// Takes back what it says beyond a time, in Unix milliseconds.
    mutating func isComplete(atMostUntil millis: Int64)
}

extension AsOf: DatedAnswer {
    /// See `DatedAnswer`.
    package mutating func isComplete(atMostUntil millis: Int64) { completeUntil = min(completeUntil, millis) }
}

extension ListAnswer: DatedAnswer {
    /// See `DatedAnswer`.
    package mutating func isComplete(atMostUntil millis: Int64) { asOf.isComplete(atMostUntil: millis) }
}

extension RealtimeSnapshot: DatedAnswer {
    /// See `DatedAnswer`.
    package mutating func isComplete(atMostUntil millis: Int64) { asOf.isComplete(atMostUntil: millis) }
}

extension QueryOutcome: DatedAnswer {
    /// See `DatedAnswer`.
    package mutating func isComplete(atMostUntil millis: Int64) {
        guard case .answer(var answer, let query, let tag) = self else { return }
        answer.asOf.isComplete(atMostUntil: millis)
        self = .answer(answer, query, tag: tag)
    }
}

extension CommerceOutcome: DatedAnswer {
    /// See `DatedAnswer`.
    package mutating func isComplete(atMostUntil millis: Int64) {
        guard case .page(var list, let warnings, let tag) = self else { return }
        list.isComplete(atMostUntil: millis)
        self = .page(list, warnings: warnings, tag: tag)
    }
}

/// A single entry with its state.
struct EntryAnswer<Entry: Sendable>: DatedAnswer {
    let entry: Entry
    var asOf: AsOf

    mutating func isComplete(atMostUntil millis: Int64) { asOf.isComplete(atMostUntil: millis) }
}

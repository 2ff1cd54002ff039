/// Where batches become durable: the buffer, or the log behind it.
package protocol EventSink: Sendable {
    /// Appends the batches and answers for each of them, in their order. Never throws: a failure is an outcome.
    func append(_ batches: [LaneBatch]) async -> [AppendOutcome]
}

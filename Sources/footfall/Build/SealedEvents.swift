internal import DataSubjects
internal import EventModel
internal import Privacy
internal import ReadModels
internal import Recorder

/// Opens sealed events for somebody who asks. Who asked, and what was opened, is in the audit log before anything is
/// handed out; the values are not.
struct SealedEvents: Sendable {
    let reader: SubjectReader
    let audit: OpeningAudit

    /// The payloads as they were sent, by position; without an entry where the key is gone (erased) or no event is.
    /// Throws `OpeningNotNoted` where the audit log cannot be written.
    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: [UInt8]] {
        let keys = try await reader.withContext(of: shop) { context, _ in context.keys }
        guard let keys else { return [:] }
        let payloads = try await reader.open(shop, positions)
        try await audit.note(
            payloads.keys, by: reading, shop: RecordedShop(id: shop.shop, lane: shop.lane, keys: keys))
        return payloads
    }
}

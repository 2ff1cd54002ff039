internal import DataSubjects
internal import EventModel
internal import Pipelines
internal import Privacy
internal import ReadModels

/// Opens what orders and customers hold of persons, and hashes what is searched for as it was hashed when it came in.
struct LiveRecordOpener: RecordOpener {
    let events: SealedEvents

    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: [UInt8]] {
        try await events.open(shop, positions, for: reading)
    }

    func handles(of shop: ShopKey) async throws -> @Sendable (HandleKind, String) -> Key128? {
        let keys = try await events.reader.withContext(of: shop) { context, _ in context.keys }
        let id = shop.shop
        return { kind, text in keys.flatMap { ShopContext(shop: id, keys: $0).handle(kind, text)?.hash } }
    }
}

package import EventModel
internal import FoundationEssentials
internal import Pipelines

/// That something was forgotten, as the journal of erasures keeps it: keyed hashes and numbers, nothing personal.
package struct ErasureEntry: Sendable, Equatable {
    /// What was forgotten.
    package enum Scope: String, Sendable {
        /// What the handles own.
        case person
        /// All that a tenant has.
        case shop
    }

    /// The request that asked for it.
    package let request: Key128
    /// Counts the tombstones of one request, from 1.
    package let sequence: Int32
    /// The shop's lane.
    package let lane: Lane
    /// The shop.
    package let shop: ShopID
    /// What was forgotten.
    package let scope: Scope
    /// Handles whose keys are destroyed and that are fenced.
    package let handles: [Handle]
    /// Handles whose keys are destroyed and that are not fenced (cart and client: another person may use the browser).
    package let unlinked: [Handle]
    /// When, in Unix milliseconds.
    package let atMillis: Int64

    /// The erasure of a person. `handles` are fenced, `unlinked` only lose their keys.
    package init(
        request: Key128, sequence: Int32, lane: Lane, shop: ShopID, handles: [Handle], unlinked: [Handle],
        atMillis: Int64
    ) {
        self.init(request, sequence, lane, shop, .person, handles, unlinked, atMillis)
    }

    /// The erasure of a whole tenant.
    package init(shopRequest request: Key128, lane: Lane, shop: ShopID, atMillis: Int64) {
        self.init(request, 1, lane, shop, .shop, [], [], atMillis)
    }

    private init(
        _ request: Key128, _ sequence: Int32, _ lane: Lane, _ shop: ShopID, _ scope: Scope, _ handles: [Handle],
        _ unlinked: [Handle], _ atMillis: Int64
    ) {
        (self.request, self.sequence, self.lane, self.shop, self.scope) = (request, sequence, lane, shop, scope)
        (self.handles, self.unlinked, self.atMillis) = (handles, unlinked, atMillis)
    }

    /// Says the same of the same request, at whatever time.
    package func isRepeat(of other: ErasureEntry) -> Bool {
        request == other.request && sequence == other.sequence && shop == other.shop && scope == other.scope
            && Set(handles) == Set(other.handles) && Set(unlinked) == Set(other.unlinked)
    }
}

extension ErasureEntry {
    private struct Fields: Codable {
        let request: String
        let sequence: Int32
        let lane: Lane
        let shop: ShopID
        let scope: String
        let handles: [String]
        let unlinked: [String]
        let at: String
    }

    /// One line of JSON without its newline; a handle is two hex digits of its kind and 32 of its hash.
    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return [UInt8](
                try encoder.encode(
                    Fields(
                        request: request.uuid, sequence: sequence, lane: lane, shop: shop, scope: scope.rawValue,
                        handles: handles.map(\.journalText), unlinked: unlinked.map(\.journalText),
                        at: Timestamp.text(atMillis))))
        }
    }

    /// Nil for anything but what `json` writes.
    init?(json: ArraySlice<UInt8>) {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(json)),  // nil says it all
            let request = Key128(uuid: fields.request), let scope = Scope(rawValue: fields.scope),
            let at = Timestamp.parse(fields.at)
        else { return nil }
        let handles = fields.handles.compactMap(Handle.init(journalText:))
        let unlinked = fields.unlinked.compactMap(Handle.init(journalText:))
        guard handles.count == fields.handles.count, unlinked.count == fields.unlinked.count else { return nil }
        self.init(request, fields.sequence, fields.lane, fields.shop, scope, handles, unlinked, at)
    }
}

extension Handle {
    fileprivate var journalText: String { "0" + String(kind.rawValue, radix: 16) + hash.hex }

    fileprivate init?(journalText text: String) {
        guard text.utf8.count == 34, let number = UInt8(text.prefix(2), radix: 16),
            let kind = HandleKind(rawValue: number), let hash = Key128(hex: String(text.dropFirst(2)))
        else { return nil }
        self.init(kind: kind, hash: hash)
    }

    /// As the columns of tables that keep handles: their kinds and hashes, in the same order.
    package static func columns(_ handles: [Handle]) -> (kinds: [Int16], hashes: [(UInt64, UInt64)]) {
        (handles.map { Int16($0.kind.rawValue) }, handles.map { ($0.hash.high, $0.hash.low) })
    }

    /// True for those that a fence may stand around.
    package var isFenceable: Bool { kind.isFenceable }

    /// Those of a round's handles that a fence stands around. Where there is none, one that fences nobody: processes let go
    /// of the destroyed keys when they see a row of the shop.
    package static func fenced(_ handles: [Handle], by request: Key128) -> [Handle] {
        let fenced = handles.filter(\.isFenceable)
        return fenced.isEmpty ? [Handle(kind: .event, hash: request)] : fenced
    }

    /// Packed as tables keep lists of handles: kind u8, hash 16 bytes, each.
    package static func packed(_ handles: [Handle]) -> [UInt8] {
        handles.flatMap { [$0.kind.rawValue] + $0.hash.bytes }
    }

    /// Reads what `packed` wrote; handles of a kind that this version does not know are left out.
    package static func unpacked(_ bytes: [UInt8]) -> [Handle] {
        stride(from: 0, to: bytes.count - 16, by: 17).compactMap { start in
            HandleKind(rawValue: bytes[start]).map {
                Handle(kind: $0, hash: Key128(bytes: Array(bytes[start + 1..<start + 17])))
            }
        }
    }
}

import EventModel
import Foundation
import Pipelines
import ReadModels
import TestSupport

/// Events for tests, as facts or as batches for the log.
struct TestEvent: Sendable {
    var name = "page_viewed"
    var visitor: UInt64 = 1
    var shop: ShopID = 1
    /// Milliseconds.
    var time: Int64
    var sequence: Int? = nil
    var id: String = ""
    var path = "/"
    var query = ""
    var referrer = ""
    var userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    var data = ""
    var source = EventSource.pixel
    var kind = VisitorKind.client
    var country = "DE"
    var sealed: [UInt8] = []
    var flags = EventFlags.allConsent

    var identity: String { id.isEmpty ? "sh-\(visitor)-\(time)-\(name)-\(sequence ?? -1)-\(path)" : id }

    var header: EventHeader {
        let bytes = Array((identity + "|\(shop)").utf8)
        let hash = Key128(high: Checksum.xxh64(bytes.span), low: Checksum.xxh64((bytes + [1]).span))
        return EventHeader(
            shop: shop, source: source, flags: flags, visitorKind: source == .webhook ? .none : kind,
            country: CountryCode(country),
            occurredAt: time, receivedAt: time + 250, key: EventKey.make(timeMillis: time, hash: hash),
            content: hash.low,
            visitor: source == .webhook ? .zero : Key128(high: visitor &* 0x9E37_79B9_7F4A_7C15, low: visitor))
    }

    var payload: [UInt8] {
        let sequence = self.sequence.map { ",\"seq\":\($0)" } ?? ""
        switch source {
        case .pixel:
            return Array(
                """
                {"id":"\(identity)","name":"\(name)"\(sequence),"data":{\(data)},"context":{"document":{"location":\
                {"href":"https://shop.example\(path)\(query)","host":"shop.example","pathname":"\(path)"},\
                "referrer":"\(referrer)","title":"t"},"navigator":{"userAgent":"\(userAgent)"}}}
                """.utf8)
        case .widget:
            return Array("{\"id\":\"\(identity)\",\"page\":{\"url\":\"https://shop.example\(path)\"}\(data)}".utf8)
        case .webhook, .system, .history: return Array("{\"id\":\(data.isEmpty ? "7" : data)}".utf8)
        }
    }

    func record(_ compressor: inout PayloadCompressor, sealed: [UInt8] = [], damaged: Bool = false) -> EventRecord {
        var block: [UInt8] = []
        if damaged {
            block = [200, 0, 0, 0, 9, 9]
        } else {
            compressor.compress(payload.span, into: &block)
        }
        return EventRecord(header: header, name: name, payload: block, sealed: sealed)
    }
}

enum TestRules {
    static let rules: FactRules = {
        let folder = PackageFolder.path("pipelines")
        do {
            return FactRules(
                catalog: try PipelineCatalog.load(folder: folder), agents: AgentClassifier(),
                ownHosts: { _ in ["accounts.shop.example"] })
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    /// The facts of events, at positions 1, 2, ... in the order given.
    static func facts(_ events: [TestEvent]) throws -> [EventFacts] {
        var reader = FactReader(rules)
        return try events.enumerated().map { index, event in
            try reader.read(
                FactReader.Envelope(
                    position: Position(index + 1), header: event.header, kind: reader.kind(event.source, event.name)),
                payload: event.payload.span, handles: SealedHandles())
        }
    }
}

/// A small generator whose sequence is the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

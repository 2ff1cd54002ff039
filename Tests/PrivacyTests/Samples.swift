import EventModel
import Foundation
import Pipelines
import Privacy
import TestSupport
import Testing

/// Everything a gateway has when it cleans events, with fixed keys.
final class Workbench {
    let catalog: PipelineCatalog
    let shop = ShopContext(shop: 7, keys: ShopKeys(shopKey: [UInt8](repeating: 3, count: 32)))
    let subjects = SubjectKeyring()
    let visits = DailyVisits()
    var salts = DailySalts([DailySalt(day: 19_000, bytes: [UInt8](repeating: 9, count: 32))])
    let key = Key128(high: 0x1234_5678, low: 42)
    static let noon: Int64 = 19_000 * 86_400_000 + 43_200_000

    /// Loaded once: compiling takes a while in debug builds.
    private static let shared = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }

    init() throws {
        self.catalog = try Self.shared.get()
    }

    struct Cleaned {
        let event: CleanEvent
        let payload: [UInt8]
        var text: String { String(decoding: self.payload, as: UTF8.self) }
    }

    /// Cleans one event as the gateway does.
    func clean(
        _ text: String, source: EventSource = .pixel, name: String? = nil, at receivedAt: Int64 = noon,
        customer: String? = nil, signals: PrivacySignals = [], agent: String = "UA",
        address: Key128 = Key128(high: 0, low: 0xFFFF_C000_0201)
    ) throws -> Cleaned {
        let pipeline = try #require(self.catalog.pipeline(for: source))
        let body = Array(text.utf8)
        var scanner = JSONScanner()
        try scanner.scanEvents(body.span, pointers: pipeline.pointers, elementsMax: 1)
        let element = try #require(scanner.elements.first)
        var fields = EventFields()
        pipeline.collect(scanner.matches[element.matches], into: &fields)
        let own = fields[.name].flatMap { JSONText.string(body.span, $0) } ?? ""
        var raw = RawEvent(
            range: element.range, matches: element.matches, fields: fields,
            definition: pipeline.definition(for: name ?? own),
            key: self.key, receivedAt: receivedAt,
            origin: source == .webhook
                ? nil : RequestOrigin(address: address, userAgent: agent),
            signals: signals)
        raw.provenCustomerID = customer.map { Array($0.utf8) }
        let cleaner = EventCleaner(pipeline: pipeline, subjects: self.subjects, visits: self.visits)
        var clean = CleanEvent()
        cleaner.clean(raw, body: body.span, matches: scanner.matches, shop: self.shop, salts: self.salts, into: &clean)
        return Cleaned(event: clean, payload: clean.withPayload(of: body.span) { $0.array })
    }

    /// The handle that the shop gives `text`.
    func handle(_ kind: HandleKind, _ text: String) throws -> Handle { try #require(self.shop.handle(kind, text)) }

    /// Opens what `clean` sealed, by the key that travelled with it.
    func open(_ cleaned: Cleaned) throws -> String {
        let grant = try #require(cleaned.event.grants.first)
        let key = try self.shop.unwrap(grant.wrapped, keyID: grant.keyID)
        let opened = try Opener().open(
            payload: cleaned.payload, sealed: cleaned.event.sealed, under: key, shop: 7, event: self.key)
        return String(decoding: opened, as: UTF8.self)
    }
}

/// The vectors that name personal values.
struct PersonalVector: CustomStringConvertible {
    let id: String
    let name: String
    let source: EventSource
    let text: String
    let pointers: [String]
    var description: String { self.id }

    static func all() throws -> [PersonalVector] {
        try Self.load("pixel_events", .pixel) + Self.load("webhook_payloads", .webhook)
    }

    private static func load(_ file: String, _ source: EventSource) throws -> [PersonalVector] {
        let root = try JSONSerialization.jsonObject(with: Vectors.load(file)) as? [String: Any]
        let cases = try #require(root?["cases"] as? [[String: Any]])
        return try cases.map { test in
            let expected = test["expected"] as? [String: Any] ?? [:]
            var text = test["body"] as? String ?? ""
            var name = (test["headers"] as? [String: String])?["X-Shopify-Topic"] ?? ""
            if let event = test["event"] as? [String: Any] {
                text = String(decoding: try JSONSerialization.data(withJSONObject: event), as: UTF8.self)
                name = event["name"] as? String ?? ""
            }
            return PersonalVector(
                id: test["id"] as? String ?? "", name: name, source: source, text: text,
                pointers: expected["personal_data_pointers"] as? [String] ?? [])
        }
    }
}

import EventLog
import EventModel
import Foundation
import Pipelines
import Privacy
import Recorder
import TestSupport
import Testing

/// What browsers send, cleaned as the gateway cleans it and appended to the log.
extension ErasureWorld {
    /// An event of the pixel, which has its name in it.
    func pixel(_ text: String, at time: Int64 = now) throws { try browser([text], .pixel, nil, at: time) }

    /// Many of them, in one batch.
    func pixels(_ texts: [String]) throws { try browser(texts, .pixel, nil) }

    /// A submission of the widget's form.
    func lead(_ text: String) throws { try browser([text], .widget, "lead") }

    private func browser(
        _ texts: [String], _ source: EventSource, _ route: String?, at time: Int64 = now
    ) throws {
        var builder = EventBatchBuilder()
        for text in texts { try add(Array(text.utf8), source, route, at: time, to: &builder) }
        _ = try LogWriter(connection).append([builder.finish()], lane: self.shop.lane)
    }

    private func add(
        _ body: [UInt8], _ source: EventSource, _ route: String?, at time: Int64,
        to builder: inout EventBatchBuilder
    ) throws {
        let pipeline = try #require(try Self.catalog.get().pipeline(for: source))
        var (scanner, fields, clean) = (JSONScanner(), EventFields(), CleanEvent())
        try scanner.scanEvents(body.span, pointers: pipeline.pointers, elementsMax: 1)
        let element = try #require(scanner.elements.first)
        pipeline.collect(scanner.matches[element.matches], into: &fields)
        let name = route ?? fields[.name].flatMap { JSONText.string(body.span, $0) } ?? ""
        let content = Checksum.xxh64(body.span)
        let key = EventKey.make(timeMillis: time, hash: Key128(high: content, low: content))
        let raw = RawEvent(
            range: element.range, matches: element.matches, fields: fields, definition: pipeline.definition(for: name),
            key: key, receivedAt: Self.now, origin: RequestOrigin(address: Key128(high: 0, low: 1), userAgent: "UA"))
        let shop = ShopContext(shop: shop.id, keys: try recorded.keys)
        EventCleaner(pipeline: pipeline, subjects: keyring, visits: DailyVisits()).clean(
            raw, body: body.span, matches: scanner.matches, shop: shop, salts: DailySalts(), into: &clean)

        let header = EventHeader(
            shop: shop.shop, source: source, visitorKind: clean.visitor.kind, occurredAt: time, receivedAt: Self.now,
            key: key, content: content, visitor: clean.visitor.id)
        var compressor = PayloadCompressor(.none)
        var (payload, record): ([UInt8], [UInt8]) = ([], [])
        clean.withPayload(of: body.span) { compressor.compress($0, into: &payload) }
        EventRecord(header: header, name: name, payload: payload, sealed: clean.sealed).encode(into: &record)
        builder.append(record: record.span)
        for grant in clean.grants { builder.append(grant) }
    }
}

/// A webhook of the public vectors.
struct PublicWebhook {
    let id: String
    let body: String

    static func all() throws -> [PublicWebhook] {
        let root = try JSONSerialization.jsonObject(with: Vectors.load("webhook_payloads")) as? [String: Any]
        return (root?["cases"] as? [[String: Any]] ?? []).map {
            PublicWebhook(id: $0["id"] as? String ?? "", body: $0["body"] as? String ?? "")
        }
    }
}

import EventModel
import Foundation
import Pipelines
import TestSupport
import Testing

@Suite struct PipelineCatalogTests {
    /// Loaded once: compiling takes a while in debug builds.
    private static let shared = Result { try PipelineCatalog.load(folder: PackageFolder.path("pipelines")) }

    private func catalog() throws -> PipelineCatalog { try Self.shared.get() }

    @Test func theFolderIsSound() throws {
        #expect(PipelineCatalog.check(folder: PackageFolder.path("pipelines")).map(\.description) == [])
        let catalog = try self.catalog()
        #expect(catalog.pixel.definition(for: "page_viewed").isKnown)
        #expect(catalog.pixel.definition(for: "checkout_completed").isKey)
        #expect(catalog.pixel.definition(for: "search_submitted").isInteractive)
        #expect(!catalog.pixel.definition(for: "my_app:event").isKnown)
        #expect(catalog.pixel.definition(for: "page_viewed").eventBytesMax == 262_144)
        #expect(catalog.pixel.definition(for: "page_viewed").maxAgeSeconds == 5 * 31_557_600)
        #expect(catalog.webhook.definition(for: "orders/create").eventBytesMax == 10 << 20)
        #expect(catalog.webhook.definition(for: "orders/create").consent == .none)
        #expect(catalog.widget.definition(for: "lead").isLead)
        #expect(catalog.pipeline(for: .system) == nil)
    }

    @Test func aPageViewIsCoveredByTheSourcesOwnSet() throws {
        let catalog = try self.catalog()
        #expect(catalog.pixel.definition(for: "page_viewed").pointers == nil)
        #expect(catalog.pixel.definition(for: "checkout_completed").pointers == nil)
        #expect(catalog.pixel.unknown.pointers != nil)
    }

    @Test func fieldsAreFoundByRank() throws {
        let pixel = try self.catalog().pixel
        let text = """
            {"clientId":"a","clientId":"b","context":{"window":{"location":{"href":"w"}},"document":{"location":
            {"href":"d"}}},"customerPrivacy":{"analyticsProcessingAllowed":false},"seq":null,"id":"x","id":null}
            """
        let bytes = Array(text.utf8)
        var scanner = JSONScanner()
        try scanner.scan(bytes.span, pointers: pixel.pointers)
        var fields = EventFields()
        pixel.collect(scanner.matches[...], into: &fields)
        func read(_ field: EventField) -> String? { fields[field].flatMap { JSONText.string(bytes.span, $0) } }
        #expect(read(.clientID) == "b")
        #expect(read(.url) == "d")
        #expect(fields[.consentAnalytics]?.type == .false_)
        #expect(fields[.seq] == nil)
        #expect(fields[.id] == nil)
    }

    @Test(arguments: [
        ("events:\n  a: {intractive: true}", "web-pixel.yaml:11: events.a.intractive: is not known; allowed here:"),
        ("events:\n  a: {seal: [data/x]}", "events.a.seal.0: \"data/x\": a JSON pointer begins with \"/\""),
        ("events:\n  a: {seal: [\"/{x,y\"]}", "\"{\" without \"}\""),
        ("events:\n  a: {max_age: 5 years}", "events.a.max_age: \"5 years\" has to be a whole number"),
        ("events:\n  a: {event_bytes_max: 0}", "has to be a whole number above 0"),
        ("events:\n  a: {consent: yes}", "has to be one of analytics, marketing"),
        ("events:\n  a: {projections: [sesions]}", "\"sesions\" is no read model; there are"),
        ("events:\n  a: {handles: {mail: [/x]}}", "is no kind of handle"),
        ("fields: {ident: /id}", "fields.ident: is no field"),
        ("events: [a]", "has to be a mapping"), ("evnts: {}", "evnts: is not known"),
        ("events:\n  a: {interactive: maybe}", "has to be true or false"), ("events: {a: {seal: [", "is not YAML"),
    ])
    func faultsAreTold(yaml: String, expected: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }  // Only temporary files are left behind.
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let lists = folder.appendingPathComponent("lists").path
        try FileManager.default.copyItem(atPath: PackageFolder.path("pipelines/lists"), toPath: lists)
        for (name, source) in PipelineCatalog.files {
            let settings = "event_bytes_max: 1KiB, max_age: 1d, retention: 1d, consent: analytics"
            try "{version: 1, source: \(source.name), defaults: {\(settings)}}"
                .write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let head = """
            version: 1
            source: pixel
            # A comment, so that lines are counted.
            defaults:
              event_bytes_max: 1KiB
              max_age: 1d
              retention: 1d
              consent: analytics


            """
        try (head + yaml).write(to: folder.appendingPathComponent("web-pixel.yaml"), atomically: true, encoding: .utf8)
        let faults = PipelineCatalog.check(folder: folder.path)
        #expect(faults.count == 1)
        #expect(faults.first?.description.contains(expected) ?? false, "\(faults)")
        #expect(throws: PipelineError.self) { try PipelineCatalog.load(folder: folder.path) }
    }

    @Test func aMissingFileIsTold() {
        let faults = PipelineCatalog.check(folder: PackageFolder.path("schema"))
        #expect(faults.map(\.file).prefix(3) == ["web-pixel.yaml", "widget.yaml", "webhooks.yaml"])
    }
}

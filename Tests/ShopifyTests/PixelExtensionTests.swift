import Foundation
import TestSupport
import Testing

/// What the web pixel extension asks of Shopify, read from its own text.
@Suite struct PixelExtensionTests {
    /// Forms are DOM events: `all_standard_events` does not bring them (shopify.dev, Web Pixels API). All DOM events
    /// would be every click and key.
    @Test func itSubscribesToWhatTheReadModelsUse() throws {
        let path = PackageFolder.path("Sources/PixelExtension/src/index.js")
        let script = try String(contentsOfFile: path, encoding: .utf8)
        let names = script.split(separator: "\n").compactMap { line -> Substring? in
            guard let start = line.firstRange(of: "analytics.subscribe(\"")?.upperBound else { return nil }
            return line[start...].prefix { $0 != "\"" }
        }
        #expect(names == ["all_standard_events", "all_custom_events", "form_submitted"])
    }
}

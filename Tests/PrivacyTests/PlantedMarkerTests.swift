import EventModel
import Foundation
import Pipelines
import Privacy
import Testing

/// Every personal pointer of the pipelines, with a marker planted where it leads, written in several ways.
@Suite struct PlantedMarkerTests {
    private static let marker = "Planted Marker 9"

    /// How the planted member is written.
    enum Spelling: CaseIterable {
        case plain, escapedKey, spaced, duplicate, nested
    }

    /// A document in which `pattern` leads to `value`.
    private func document(_ pattern: String, _ value: String, _ spelling: Spelling, name: String) -> String {
        var tokens = PointerSet.tokens(of: pattern).flatMap { token in
            token == "**" ? ["deep", "deeper"] : [token == "*" ? "any" : token]
        }
        let last = tokens.removeLast()
        func member(_ key: String, _ value: String) -> String {
            let escaped = spelling == .escapedKey && !key.isEmpty
            let text = escaped ? "\\u00" + String(key.utf8.first ?? 0, radix: 16) + key.dropFirst() : key
            return spelling == .spaced ? "\n\t\"\(text)\" : \(value) " : "\"\(text)\":\(value)"
        }
        var inner = "{\(member(last, value))}"
        if spelling == .duplicate { inner = "{\(member(last, value)),\(member(last, "\"x\"")),\(member(last, value))}" }
        for key in tokens.reversed() { inner = "{\(member(key, inner))}" }
        return "{\"event\":\"\(name)\",\(inner.dropFirst())"
    }

    private func value(_ spelling: Spelling) -> String {
        spelling == .nested ? "[{\"a\":\"\(Self.marker)\"},\"\(Self.marker)\"]" : "\"\(Self.marker)\""
    }

    private func check(_ source: EventSource, _ definition: EventDefinition, _ patterns: [String]) throws {
        for (pattern, rule) in zip(patterns, definition.rules) where rule.action >= .seal {
            for spelling in Spelling.allCases where spelling != .nested || !pattern.hasSuffix("**") {
                let bench = try Workbench()
                let text = self.document(pattern, self.value(spelling), spelling, name: definition.name)
                let name = definition.isKnown ? definition.name : "never heard of"
                let cleaned = try bench.clean(text, source: source, name: name)
                let comment = Comment(rawValue: "\(definition.name) \(pattern) \(spelling): \(cleaned.text)")
                #expect(!cleaned.text.contains(Self.marker), comment)
                #expect(throws: Never.self, comment) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
                if rule.action == .seal { #expect(try bench.open(cleaned) == text, comment) }
            }
        }
    }

    @Test(arguments: [EventSource.pixel, .widget, .webhook])
    func noMarkerIsLeft(source: EventSource) throws {
        let pipeline = try #require(try Workbench().catalog.pipeline(for: source))
        let sampled = pipeline.definitions.filter {
            $0.pointers != nil && $0.name == "advanced_dom_changed" || ["clicked", "lead", "chat"].contains($0.name)
                || ["orders/create", "customers/merge", "app/uninstalled"].contains($0.name)
        }
        for definition in sampled + [pipeline.unknown] {
            try self.check(source, definition, (definition.pointers ?? pipeline.pointers).patterns)
        }
    }
}

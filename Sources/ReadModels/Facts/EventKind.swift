package import EventModel

/// What is the same for all events of one source and name. A class, so that folds tell kinds apart without looking at
/// names; the same kind may be there several times, once a reader.
package final class EventKind: Sendable {
    /// Where the events come in.
    package let source: EventSource
    /// The name, fit for a text column.
    package let name: String
    /// What the reports count it as.
    package let step: EventStep
    /// What its definition says.
    package let traits: EventFacts.Traits
    /// The payload says something; others need not be opened.
    package let needsPayload: Bool
    /// Its facts carry the payload as a document.
    package let needsDocument: Bool
    /// Asks the read models to forget.
    package let isTombstone: Bool

    init(_ source: EventSource, _ name: String, _ rules: FactRules) {
        var clean = name
        if clean.unicodeScalars.contains("\0") { clean.unicodeScalars.removeAll { $0 == "\0" } }
        let isVisit = source == .pixel || source == .widget
        self.source = source
        self.name = clean
        self.step = source == .pixel ? EventStep(pixelEvent: clean) : .other
        var traits = rules.traits(source, clean)
        // Also the ones that Shopify has yet to invent: definition 2026-11 of a bounce.
        if source == .pixel, clean.hasPrefix("checkout_") { traits.insert(.interactive) }
        self.traits = traits
        self.needsDocument = (source == .webhook || source == .history) && rules.hasDocument(source, clean)
        self.isTombstone = source == .system && (clean == Tombstone.personName || clean == Tombstone.shopName)
        self.needsPayload = isVisit || needsDocument || isTombstone
    }
}

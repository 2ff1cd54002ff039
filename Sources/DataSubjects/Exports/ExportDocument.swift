internal import EventModel
internal import ReadModels

/// The document of an export while it is written. Texts are for people; names of members are for programs.
struct ExportDocument {
    /// Parts that hold records of read models.
    enum Section: String, CaseIterable {
        case customers, orders, leads, sessions
    }

    /// Why an event is the person's.
    enum Link: String {
        /// It names the person.
        case named
        /// It names nobody and belongs to a visit in which the person was named.
        case sameVisit = "same_visit"
        /// It names nobody and comes from a browser, or a cart, that is nobody else's.
        case ownBrowser = "own_browser"
        /// It was set aside, because it could not be taken into the log, and has no position.
        case setAside = "set_aside"
    }

    private struct Origin: Hashable {
        let source: EventSource
        let name: String
    }

    private struct Span {
        var events: Int64 = 0
        var first = Int64.max
        var last = Int64.min

        mutating func add(_ at: Int64) {
            events += 1
            first = min(first, at)
            last = max(last, at)
        }
    }

    private struct Consent {
        let at: Int64
        let source: EventSource
        let flags: EventFlags
    }

    private var events: [(position: Position, json: [UInt8])] = []
    private var positions: Set<Position> = []
    private var byteCount = 0
    private var unreadable = 0
    private var leftOut = 0
    private var origins: [Origin: Span] = [:]
    private var consents: [Consent] = []
    private var sections: [Section: [[UInt8]]] = [:]

    /// Format and version of the document, for programs that read it.
    static let format = "footfall.export"
    static let version: Int64 = 1

    /// Adds a record.
    mutating func add(_ section: Section, _ write: (inout JSONWriter) -> Void) {
        guard sections[section, default: []].count < ExportLimits.recordsMax else { return }
        var writer = JSONWriter()
        write(&writer)
        sections[section, default: []].append(writer.bytes)
    }

    /// Adds an event; only counts it where the document is full.
    mutating func add(_ event: PersonEvents.Opened, how link: Link) {
        guard link == .setAside || positions.insert(event.position).inserted else { return }
        let header = event.header
        origins[Origin(source: header.source, name: event.name), default: Span()].add(header.occurredAt)
        if header.source == .pixel || header.source == .widget || header.flags.contains(.consentStated) {
            consents.append(Consent(at: header.occurredAt, source: header.source, flags: header.flags))
        }
        if !event.isReadable { unreadable += 1 }
        guard events.count < ExportLimits.eventsMax, byteCount < ExportLimits.bytesMax else {
            leftOut += 1
            return
        }
        let json = Self.json(event, link)
        byteCount += json.count
        events.append((event.position, json))
    }

    private static func json(_ event: PersonEvents.Opened, _ link: Link) -> [UInt8] {
        let header = event.header
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", event.name)
            writer.member("what", ExportWords.event(event.name))
            writer.member("source", header.source.name)
            writer.member("occurred_at", Timestamp.text(header.occurredAt))
            writer.member("received_at", Timestamp.text(header.receivedAt))
            writer.member("position") { link == .setAside ? $0.null() : $0.integer(event.position) }
            writer.member("event_key", header.key.hex)
            writer.member("link", link.rawValue)
            writer.member("country", header.country.text)
            if header.visitorKind != .none {
                writer.member("visitor", header.visitor.hex)
                writer.member("visitor_kind", header.visitorKind.name)
            }
            writer.member("consent") { write(header.flags, &$0) }
            writer.member("readable", event.isReadable)
            writer.member("data") { writer in
                if let payload = event.payload, !payload.isEmpty { writer.raw(payload) } else { writer.null() }
            }
        }
        return writer.bytes
    }

    private static func write(_ flags: EventFlags, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("analytics", flags.contains(.analyticsConsent))
            writer.member("marketing", flags.contains(.marketingConsent))
            writer.member("preferences", flags.contains(.preferencesConsent))
            writer.member("sale_of_data", flags.contains(.saleOfDataConsent))
            writer.member("stated", flags.contains(.consentStated))
        }
    }
}

extension ExportDocument {
    /// The finished document.
    func finish(_ subject: ExportSubject, readings: [OpeningTable.Reading], nowMillis: Int64) -> GatheredExport {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("format", Self.format)
            writer.member("version", Self.version)
            writer.member("request") { writer in
                writer.object { writer in
                    writer.member("id", subject.request.uuid)
                    writer.member("shop", subject.domain)
                    writer.member("reference", subject.reference)
                    writer.member("asked_at", Timestamp.text(subject.askedAt))
                }
            }
            writer.member("made_at", Timestamp.text(nowMillis))
            writer.member("summary") { writeSummary(subject, &$0) }
            writer.member("origins") { writeOrigins(&$0) }
            writer.member("consent") { writeConsent(&$0) }
            for section in Section.allCases {
                writer.member(section.rawValue) { $0.array(sections[section] ?? []) { $0.raw($1) } }
            }
            writer.member("readers") { $0.array(readings) { $1.write(&$0) } }
            writer.member("events") {
                $0.array(events.sorted { $0.position < $1.position }) { $0.raw($1.json) }
            }
        }
        return GatheredExport(json: writer.bytes, events: events.count, unreadable: unreadable, leftOut: leftOut)
    }

    private func writeSummary(_ subject: ExportSubject, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("events", Int64(events.count))
            writer.member("events_unreadable", Int64(unreadable))
            writer.member("events_left_out", Int64(leftOut))
            writer.member("handles_not_followed", Int64(subject.unfollowed))
            writer.member("first_at", origins.values.map(\.first).min().map(Timestamp.text))
            writer.member("last_at", origins.values.map(\.last).max().map(Timestamp.text))
            writer.member("notes", ExportWords.notes)
        }
    }

    private func writeOrigins(_ writer: inout JSONWriter) {
        let sorted = origins.sorted { ($0.key.source.rawValue, $0.key.name) < ($1.key.source.rawValue, $1.key.name) }
        writer.array(sorted) { writer, entry in
            writer.object { writer in
                writer.member("source", entry.key.source.name)
                writer.member("came_by", ExportWords.source(entry.key.source))
                writer.member("name", entry.key.name)
                writer.member("what", ExportWords.event(entry.key.name))
                writer.member("events", entry.value.events)
                writer.member("first_at", Timestamp.text(entry.value.first))
                writer.member("last_at", Timestamp.text(entry.value.last))
            }
        }
    }

    /// Changes only: as long as events say the same they are one entry.
    private func writeConsent(_ writer: inout JSONWriter) {
        var runs: [(consent: Consent, span: Span)] = []
        for consent in consents.sorted(by: { $0.at < $1.at }) {
            let isSame = runs.last.map { $0.consent.source == consent.source && $0.consent.flags == consent.flags }
            if isSame != true { runs.append((consent, Span())) }
            runs[runs.count - 1].span.add(consent.at)
        }
        writer.array(runs) { writer, run in
            writer.object { writer in
                writer.member("from", Timestamp.text(run.span.first))
                writer.member("to", Timestamp.text(run.span.last))
                writer.member("source", run.consent.source.name)
                writer.member("events", run.span.events)
                writer.member("purposes") { Self.write(run.consent.flags, &$0) }
            }
        }
    }
}

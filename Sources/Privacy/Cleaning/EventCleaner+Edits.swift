internal import EventModel
internal import Pipelines

extension EventCleaner {
    /// Fills the room's edits with all that is not stored as it came, in order and apart. The room's signs
    /// are the event's.
    func collectEdits(
        _ raw: RawEvent, _ body: Span<UInt8>, _ matches: (ruled: ArraySlice<JSONMatch>, scanned: ArraySlice<JSONMatch>),
        isDenied: Bool, _ room: inout CleaningRoom
    ) {
        room.edits.empty()
        room.naming.empty()
        var equals = EqualsSign(before: raw.range.upperBound)
        let rules = raw.definition.rules
        for match in matches.ruled {
            let rule = rules[match.pointer]
            if rule.handle != nil { room.naming.append(match) }
            switch rule.action {
            case .keep: continue
            case .seal:
                if !JSONText.isEmptyValue(body, match) { room.edits.append(Edit(kind: .whole, range: match.range)) }
            case .remove:
                if match.type != .null { room.edits.append(Edit(kind: .null, range: match.range)) }
            case .sealInside:
                if match.type == .string {
                    self.sealInside(match.range, body, &equals, sweeps: raw.definition.sweepsEmail, &room)
                }
            }
        }
        if isDenied { self.removeIdentifiers(raw, body, matches.scanned, &room) }
        EditList.normalise(&room.edits)
        Self.sweep(body, within: raw.range, &room)
    }

    /// Seals e-mail addresses and telephone numbers wherever else in the text they stand whose signs are the room's.
    private static func sweep(_ body: Span<UInt8>, within range: Range<Int>, _ room: inout CleaningRoom) {
        if !room.signs.emails.isEmpty {
            var emails = SignCursor(room.signs.emails)
            room.fillGaps(of: range) { EmailFinder.find(body, in: $0, &emails, found: $1) }
        }
        if !room.signs.phones.isEmpty {
            var phones = SignCursor(room.signs.phones)
            room.fillGaps(of: range) { PhoneFinder.find(body, in: $0, &phones, found: $1) }
        }
    }

    private func sealInside(
        _ range: Range<Int>, _ body: Span<UInt8>, _ equals: inout EqualsSign, sweeps: Bool, _ room: inout CleaningRoom
    ) {
        // The sweep over the whole event comes by here too.
        guard !sweeps else { return self.parameters.find(body, in: range, &equals, into: &room.edits) }
        // Found apart from the rest, which may be long.
        swap(&room.edits, &room.others)
        room.edits.removeAll(keepingCapacity: true)
        self.parameters.find(body, in: range, &equals, into: &room.edits)
        room.signs.find(body, in: range)
        Self.sweep(body, within: range, &room)
        room.signs.clear()
        room.others += room.edits
        swap(&room.edits, &room.others)
    }

    /// An event of a browser has one client id and perhaps another in its cart.
    private static let identifiersMax = 8

    /// The longest user agents, of browsers inside other apps, have some 500 bytes. A text is compared at each place where
    /// its rarest byte stands, so its length may multiply the work.
    private static let identifierBytesMax = 1024

    /// Without consent client ids and user agents go, at their places and wherever else their text stands, and so does
    /// the text of the request's own address and user agent. A sealed value that holds one of them goes altogether. Where
    /// there are more ids, or longer ones, than any browser has, each of which would be a pass over the event, nothing of
    /// it is kept.
    private func removeIdentifiers(
        _ raw: RawEvent, _ body: Span<UInt8>, _ scanned: ArraySlice<JSONMatch>, _ room: inout CleaningRoom
    ) {
        room.texts.empty()
        self.findAttributes(raw, body, scanned, &room)
        for match in scanned where self.identifies[match.pointer] && match.type != .null {
            room.identifiers.append(match)
        }
        let known = raw.origin?.texts ?? []
        guard known.allSatisfy({ $0.bytes.count <= Self.identifierBytesMax }) else { return Self.blank(raw, &room) }
        for text in known { Self.remove(text.bytes.span, rarest: text.rarest, from: body, raw.range, &room.edits) }
        for value in room.identifiers {
            room.edits.append(Edit(kind: .null, range: value.range))
            guard value.type == .string, value.end - value.start - 2 >= SearchedText.bytesMin else { continue }
            let place = value.start + 1..<value.end - 1
            let text = body.extracting(place)
            let isRemoved =
                known.contains { $0.bytes.span.isEqual(text) }
                || room.texts.contains { body.extracting($0).isEqual(text) }
            if isRemoved { continue }
            guard room.texts.count < Self.identifiersMax, text.count <= Self.identifierBytesMax else {
                return Self.blank(raw, &room)
            }
            room.texts.append(place)
            Self.remove(text, rarest: SearchedText.rarest(of: text), from: body, raw.range, &room.edits)
        }
    }

    private static func blank(_ raw: RawEvent, _ room: inout CleaningRoom) {
        room.edits.removeAll(keepingCapacity: true)
        room.edits.append(Edit(kind: .null, range: raw.range))
    }

    private static func remove(
        _ text: Span<UInt8>, rarest: Int, from body: Span<UInt8>, _ range: Range<Int>, _ edits: inout [Edit]
    ) {
        TextFinder.find(text, rarest: rarest, in: body, within: range) {
            edits.append(Edit(kind: .removedInside, range: $0))
        }
    }
}

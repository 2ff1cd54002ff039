internal import EventModel
internal import Pipelines

extension EventCleaner {
    /// Fills `edits` with all that is not stored as it came, in order and apart. `sweeps` says that e-mail addresses are
    /// to be found and may be there.
    func collectEdits(
        _ raw: RawEvent, _ body: Span<UInt8>, ruled: ArraySlice<JSONMatch>, scanned: ArraySlice<JSONMatch>,
        isDenied: Bool, sweeps: Bool
    ) {
        self.edits.removeAll(keepingCapacity: true)
        for match in ruled {
            switch raw.definition.rules[match.pointer].action {
            case .keep: continue
            case .seal:
                if !JSONText.isEmptyValue(body, match) { self.edits.append(Edit(kind: .whole, range: match.range)) }
            case .remove:
                if match.type != .null { self.edits.append(Edit(kind: .null, range: match.range)) }
            case .sealInside:
                if match.type == .string { self.sealInside(match, body, sweeps: raw.definition.sweepsEmail) }
            }
        }
        if isDenied { self.removeIdentifiers(raw, body, scanned) }
        EditList.normalise(&self.edits)
        if sweeps {
            self.edits = EditList.filled(self.edits, within: raw.range) { gap, add in
                EmailFinder.find(body, in: gap) { add(Edit(kind: .inside, range: $0)) }
            }
        }
    }

    /// Seals telephone numbers wherever else in the event they stand.
    func sweepPhones(_ body: Span<UInt8>, within range: Range<Int>) {
        self.edits = EditList.filled(self.edits, within: range) { gap, add in
            PhoneFinder.find(body, in: gap) { add(Edit(kind: .inside, range: $0)) }
        }
    }

    private func sealInside(_ match: JSONMatch, _ body: Span<UInt8>, sweeps: Bool) {
        let first = self.edits.count
        SecretParameterFinder.find(body, in: match.range, names: self.pipeline.secretParameters) {
            self.edits.append(Edit(kind: .inside, range: $0))
        }
        // A seal would need a key for each visitor whom an advertisement led here.
        SecretParameterFinder.find(body, in: match.range, names: self.pipeline.clickParameters) {
            self.edits.append(Edit(kind: .hashedInside, range: $0))
        }
        self.edits[first...].sort { $0.range.lowerBound < $1.range.lowerBound }
        // The sweep over the whole event comes by here too.
        let text = body.extracting(match.range)
        guard !sweeps, EmailFinder.mayContain(text) || PhoneFinder.mayContain(text) else { return }
        let secrets = Array(self.edits[first...])
        self.edits.removeSubrange(first...)
        let found = EditList.filled(secrets, within: match.range) { gap, add in
            EmailFinder.find(body, in: gap) { add(Edit(kind: .inside, range: $0)) }
        }
        self.edits += EditList.filled(found, within: match.range) { gap, add in
            PhoneFinder.find(body, in: gap) { add(Edit(kind: .inside, range: $0)) }
        }
    }

    /// Without consent client ids and user agents go, at their places and wherever else their text stands, and so does
    /// the text of the request's own address and user agent. A sealed value that holds one of them goes altogether.
    private func removeIdentifiers(_ raw: RawEvent, _ body: Span<UInt8>, _ scanned: ArraySlice<JSONMatch>) {
        var values = ClientAttributes.values(scanned, self.pipeline, body)
        for match in scanned where match.type != .null {
            let field = self.pipeline.roles[match.pointer]?.field
            if field == .clientID || field == .userAgent { values.append(match) }
        }
        for value in values { self.edits.append(Edit(kind: .null, range: value.range)) }
        var texts = raw.origin?.texts ?? []
        for value in values where value.type == .string {
            guard let text = SearchedText(body.extracting(value.start + 1..<value.end - 1).array) else { continue }
            if !texts.contains(where: { $0.bytes == text.bytes }) { texts.append(text) }
        }
        for text in texts {
            TextFinder.find(text, in: body, within: raw.range) {
                self.edits.append(Edit(kind: .removedInside, range: $0))
            }
        }
    }
}

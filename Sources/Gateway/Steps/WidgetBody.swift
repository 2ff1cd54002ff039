internal import EventModel

/// What the gateway knows and the widget did not say, added to an event before it is stored.
enum WidgetBody {
    /// The object with contacts as they are kept.
    static func settled(_ body: Span<UInt8>, _ contacts: [IngestWorker.Contact]) -> [UInt8] {
        var bytes = body.array
        // From the end, so that the other places hold.
        for contact in contacts.sorted(by: { $0.match.start > $1.match.start }) {
            var json = JSONWriter()
            if let text = contact.text { json.text(text) }
            bytes.replaceSubrange(contact.match.range, with: contact.text == nil ? Array("null".utf8) : json.bytes)
        }
        return bytes
    }

    /// The object with these members at its end, where they count.
    static func completed(_ body: Span<UInt8>, session: String?, client: String?, agent: String?) -> [UInt8] {
        var bytes = body.array
        while let last = bytes.last, last != UInt8(ascii: "}") { bytes.removeLast() }
        bytes.removeLast()
        var isEmpty = bytes.allSatisfy { $0 <= 0x20 || $0 == UInt8(ascii: "{") }
        for (name, value) in [("sessionId", session), ("clientId", client), ("userAgent", agent)] {
            guard let value, !value.isEmpty else { continue }
            var json = JSONWriter()
            json.object { $0.member(name, value) }
            if !isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += json.bytes.dropFirst().dropLast()
            isEmpty = false
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

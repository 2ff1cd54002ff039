internal import EventModel

/// The name under which an event is kept: unlike the payload it cannot be sealed, and it stays for ever.
package enum EventName {
    /// Stands for an e-mail address or a telephone number in a name.
    private static let marker = Array("(removed)".utf8)

    /// Takes e-mail addresses and telephone numbers out of a name. A name without any costs a look.
    package static func clean(_ name: inout [UInt8]) {
        var signs = ContactSigns()
        signs.find(name.span, in: name.indices)
        guard !signs.emails.isEmpty || !signs.phones.isEmpty else { return }
        var emails = SignCursor(signs.emails)
        name = without(name) { EmailFinder.find($0, in: 0..<$0.count, &emails, found: $1) }
        signs.find(name.span, in: name.indices)
        var phones = SignCursor(signs.phones)
        name = without(name) { PhoneFinder.find($0, in: 0..<$0.count, &phones, found: $1) }
        if name.count > EventRecord.nameBytesMax { name.removeSubrange(EventRecord.nameBytesMax...) }
    }

    private static func without(
        _ name: [UInt8], _ find: (Span<UInt8>, (Range<Int>) -> Void) -> Void
    ) -> [UInt8] {
        var kept: [UInt8] = []
        var copied = 0
        find(name.span) { range in
            kept += name[copied..<range.lowerBound] + marker
            copied = range.upperBound
        }
        return copied == 0 ? name : kept + name[copied...]
    }
}

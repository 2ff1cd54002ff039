internal import EventModel
internal import ReadModels

/// Opens the contact data of leads.
struct LiveLeadOpener: LeadOpener {
    let events: SealedEvents

    private static let pointers = PointerSet(["/email", "/phone", "/name", "/answers"])

    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: LeadContact] {
        try await events.open(shop, positions, for: reading).mapValues(Self.contact)
    }

    private static func contact(_ opened: [UInt8]) throws -> LeadContact {
        var scanner = JSONScanner()
        try scanner.scan(opened.span, pointers: pointers)
        var contact = LeadContact()
        for match in scanner.matches {
            switch match.pointer {
            case 0: contact.email = JSONText.string(opened.span, match)
            case 1: contact.phone = JSONText.string(opened.span, match)
            case 2: contact.name = JSONText.string(opened.span, match)
            default: contact.answers = Array(opened[match.start..<match.end])
            }
        }
        return contact
    }
}

package import EventModel

/// Contact data of a lead, opened; nil where nothing was left.
package struct LeadContact: Sendable, Equatable {
    /// What the person is called.
    package var name: String?
    /// As it was typed.
    package var email: String?
    /// As it was typed.
    package var phone: String?
    /// The answers of the form, as JSON.
    package var answers: [UInt8]?

    /// What was left.
    package init(name: String? = nil, email: String? = nil, phone: String? = nil, answers: [UInt8]? = nil) {
        self.name = name
        self.email = email
        self.phone = phone
        self.answers = answers
    }
}

/// Opens the sealed contact data of leads and notes that it did; conformed to where the keys are.
package protocol LeadOpener: Sendable {
    /// The contact data of each event by its position in the lane; without an entry where it was erased or is
    /// unreadable. Throws `OpeningNotNoted` where the audit log cannot be written.
    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: LeadContact]
}

/// Where a lead's contact data are: the newest submission that states each part.
package struct LeadPositions: Sendable, Equatable {
    /// By `LeadPart`; 0 where nothing was stated.
    private let places: [Position]

    init(_ places: [Position]) { self.places = places }

    /// All of them, each once.
    package var all: [Position] { Set(places).filter { $0 != 0 }.sorted() }

    /// Puts together what the submissions say; nil where none of them could be opened.
    package func contact(_ opened: [Position: LeadContact]) -> LeadContact? {
        guard places.contains(where: { opened[$0] != nil }) else { return nil }
        func stated(_ part: LeadPart) -> LeadContact? { opened[places[part.rawValue]] }
        return LeadContact(
            name: stated(.name)?.name, email: stated(.email)?.email, phone: stated(.phone)?.phone,
            answers: stated(.answers)?.answers)
    }
}

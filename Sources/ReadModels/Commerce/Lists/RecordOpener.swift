package import EventModel
package import Pipelines

/// Opens the sealed payloads of events and notes in the audit log who asked and how many were opened; conformed to where
/// the keys are.
package protocol RecordOpener: Sendable {
    /// The payload of each event as it was sent, JSON, by its position in the lane; without an entry where the data was
    /// erased or cannot be read. Throws `OpeningNotNoted` where the audit log cannot be written.
    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: [UInt8]]

    /// Makes the keyed hashes of the shop under which its personal values can be searched.
    func handles(of shop: ShopKey) async throws -> @Sendable (HandleKind, String) -> Key128?
}

/// Personal data of a customer, out of an opened payload.
package struct CustomerContact: Sendable, Equatable {
    package var id: Int64?
    package var email: String?
    package var phone: String?
    package var firstName: String?
    package var lastName: String?

    /// Reads a customer's object; a payload without one gives a contact of nils.
    init(_ node: JSONNode?) {
        self.id = node?["id"]?.id
        self.email = node?["email"]?.text
        self.phone = node?["phone"]?.text
        self.firstName = node?["first_name"]?.text
        self.lastName = node?["last_name"]?.text
    }

    func writeMembers(_ writer: inout JSONWriter) {
        ResourceID.write(&writer, "Customer", id)
        writer.member("email", email)
        writer.member("phone", phone)
        writer.member("first_name", firstName)
        writer.member("last_name", lastName)
    }
}

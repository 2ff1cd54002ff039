internal import EventModel
internal import Pipelines

/// A customer as one payload has it; the id and what else is personal stays sealed.
struct CustomerPayload {
    var version: PayloadVersion
    var position: Position
    var state: String?
    var currency: String?
    var isEmailVerified: Bool?
    var isTaxExempt: Bool?
    var createdAt: Int64?
    var updatedAt: Int64?
    var email: Key128?
    var phone: Key128?

    init(_ event: EventFacts, _ document: CommerceDocument) {
        let root = document.root
        createdAt = root["created_at"]?.time
        updatedAt = root["updated_at"]?.time
        version = PayloadVersion(event, document, updatedAt: updatedAt)
        position = event.position
        state = root["state"]?.text?.lowercased()
        currency = root["currency"]?.text
        isEmailVerified = root["verified_email"]?.bool
        isTaxExempt = root["tax_exempt"]?.bool
        email = document.email
        phone = document.phone
    }

    func write(_ writer: inout JSONWriter) {
        writer.members(version)
        writer.member("position", position)
        writer.member("state", state)
        writer.member("currency", currency)
        writer.member(truth: "verified_email", isEmailVerified)
        writer.member(truth: "tax_exempt", isTaxExempt)
        writer.member(instant: "created_at", createdAt)
        writer.member(instant: "updated_at", updatedAt)
        writer.member(hash: "email", email)
        writer.member(hash: "phone", phone)
    }
}

/// What a customer said of e-mails, and when.
struct MarketingConsent {
    let state: String
    let at: Int64

    /// From `email_marketing_consent`, alone or in a customer; nil where it says nothing.
    init?(_ event: EventFacts, _ document: CommerceDocument) {
        guard let node = document.root["email_marketing_consent"], let state = node["state"]?.text else { return nil }
        self.state = state.lowercased()
        at = node["consent_updated_at"]?.time ?? document.root["updated_at"]?.time ?? event.order.time
    }

    /// Of two statements of one time the one that refuses counts.
    func isNewer(than other: MarketingConsent?) -> Bool {
        guard let other else { return true }
        return (at, state) > (other.at, other.state)
    }
}

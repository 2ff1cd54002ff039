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
        version = PayloadVersion(content: document, event, updatedAt: updatedAt)
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

/// Whose order it is and what it is worth to the shop.
struct PurchasePayload {
    var version: PayloadVersion
    var at: Int64
    var customer: Key128?
    var isTest: Bool
    var amount: Int64
    var currency: String
    var exponent: Int

    /// An order counts as spent once it was paid; what was given back is out.
    private static let paid: Set<String> = ["paid", "partially_refunded", "refunded"]

    init(_ event: EventFacts, _ document: CommerceDocument) {
        let root = document.root
        version = PayloadVersion(content: document, event, updatedAt: root["updated_at"]?.time)
        at = root["processed_at"]?.time ?? root["created_at"]?.time ?? event.order.time
        customer = document.customer
        isTest = root["test"]?.bool ?? false
        // Part of an index.
        currency = PageAddress.text(root["currency"]?.text ?? "")
        exponent = MinorUnits.exponent(of: currency)
        let isPaid = Self.paid.contains(root["financial_status"]?.text?.lowercased() ?? "")
        let isCancelled = root["cancelled_at"]?.time != nil
        amount = isPaid && !isCancelled ? Self.worth(root, exponent) : 0
    }

    /// `current_total_price`, else the total without successful refunds.
    private static func worth(_ root: JSONNode, _ exponent: Int) -> Int64 {
        if let current = root["current_total_price"]?.amount(exponent) { return current }
        let transactions = (root["refunds"]?.elements ?? []).flatMap { $0["transactions"]?.elements ?? [] }
        let back = transactions.filter { $0["kind"]?.text == "refund" && $0["status"]?.text == "success" }
            .compactMap { $0["amount"]?.amount(exponent) }
        return max(0, back.reduce(root["total_price"]?.amount(exponent) ?? 0) { $0.subtracting($1) })
    }

    func write(_ writer: inout JSONWriter) {
        writer.members(version)
        writer.member(instant: "at", at)
        writer.member(hash: "customer", customer)
        writer.member("is_test", isTest)
        writer.member("amount", amount)
        writer.member("currency", currency)
        writer.member("exponent", Int64(exponent))
    }
}

extension Int64 {
    /// The difference, or the nearest number there is.
    fileprivate func subtracting(_ other: Int64) -> Int64 {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : value
    }
}

internal import EventModel
internal import Postgres

/// Ids as answers show them: decimal text, since they exceed what a JavaScript number holds, and Shopify's global id.
enum ResourceID {
    /// Appends `id` and `gid`.
    static func write(_ writer: inout JSONWriter, _ type: String, _ id: Int64?) {
        writer.member("id", id.map { String($0) })
        writer.member("gid", id.map { "gid://shopify/\(type)/\($0)" })
    }
}

/// Amounts as answers show them: `{"amount":"404.95","minor":40495,"currency":"USD"}`.
struct MoneyValue {
    var minor: Int64?
    var currency: String
    var exponent: Int

    init(_ minor: Int64?, _ currency: String, exponent: Int? = nil) {
        self.minor = minor
        self.currency = currency
        self.exponent = exponent ?? MinorUnits.exponent(of: currency)
    }

    /// An amount that the database has as a decimal number of major units.
    init(decimal: String?, _ currency: String) {
        let exponent = MinorUnits.exponent(of: currency)
        self.init(decimal.flatMap { MinorUnits.parse($0.utf8, exponent: exponent) }, currency, exponent: exponent)
    }

    /// The decimal text of an amount.
    static func text(_ minor: Int64, exponent: Int) -> String {
        guard exponent > 0 else { return String(minor) }
        let digits = String(minor.magnitude)
        let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
        return (minor < 0 ? "-" : "") + padded.dropLast(exponent) + "." + padded.suffix(exponent)
    }

    /// Appends the amount, or null.
    func write(_ writer: inout JSONWriter) {
        guard let minor else { return writer.null() }
        writer.object { writer in
            writer.member("amount", Self.text(minor, exponent: exponent))
            writer.member("minor", minor)
            writer.member("currency", currency)
        }
    }
}

extension PostgresRow {
    /// A text; nil where it is empty or null.
    func words(_ column: Int) -> String? {
        textIfPresent(column).flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension JSONWriter {
    /// A member that is an instant or null.
    mutating func member(time name: String, _ millis: Int64?) {
        member(name, millis.map(Timestamp.text))
    }

    /// A member that is a number or null.
    mutating func member(count name: String, _ value: Int64?) {
        member(name) { writer in if let value { writer.integer(value) } else { writer.null() } }
    }

    /// A member that is a truth value or null.
    mutating func member(flag name: String, _ value: Bool?) {
        member(name) { writer in if let value { writer.bool(value) } else { writer.null() } }
    }

    /// A member that is an amount or null.
    mutating func member(_ name: String, _ money: MoneyValue) {
        member(name) { money.write(&$0) }
    }
}

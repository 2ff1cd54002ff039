internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// A phone number that was asked for without its country ("555-625-1199", as in Shopify's own samples). Shopify gives
/// numbers in E.164 otherwise, and keyed hashes cannot be compared by their endings. So each country's code is tried: where
/// exactly one such number is named in the shop's events, it is the one that is meant. Of several none is, for one would be
/// a stranger's; the receipt says then that the country was missing.
enum NationalPhone {
    /// A country's code has one to three digits and does not begin with 0 (ITU-T E.164).
    private static let codes = 1...999
    /// Fewer digits are a number within a town.
    private static let digitsMin = 7
    /// Under this name the results of `announced` count numbers whose country stayed open.
    static let open = "phones_without_country"

    /// The handle that a number without country stands for, as far as events until now tell; nil with a country or where
    /// that stays open.
    static func find(
        _ text: String, _ shop: ShopKey, _ context: ShopContext, on connection: PostgresConnection
    ) throws -> Handle? {
        guard isNational(text) else { return nil }
        var digits = HandleText.normalised(Array(text.utf8), as: .phone)
        if digits.first == UInt8(ascii: "0") { digits.removeFirst() }
        guard digits.count >= digitsMin else { return nil }
        let handles = codes.compactMap { context.handle(.phone, Array("+\($0)".utf8) + digits) }
        let rows = try connection.query(
            named,
            [
                .int2(shop.lane), .int4(shop.shop), .int2(Int16(HandleKind.phone.rawValue)),
                .uuidArray(Handle.columns(handles).hashes),
            ])
        return rows.count == 1 ? Handle(kind: .phone, hash: Key128(rows[0].uuid(0))) : nil
    }

    /// Without a country's code that could be told from the rest: neither `+` nor `00` in front.
    static func isNational(_ text: String) -> Bool {
        let number = text.drop { !$0.isNumber && $0 != "+" }
        return !number.isEmpty && !number.hasPrefix("+") && !number.hasPrefix("00")
    }

    private static let named = """
        select h.handle from unnest($4::uuid[]) as h (handle) where exists (
            select from subjects.mention m
            where m.lane = $1 and m.shop_id = $2 and m.handle = h.handle and m.kind = $3)
        """
}

extension SubjectRequest {
    /// Adds the number that is meant by a phone without a country. Gives whether the country stayed open: then no event
    /// names the number as it was written either.
    mutating func add(
        nationalPhone text: String?, _ context: ShopContext, on connection: PostgresConnection
    ) throws -> Bool {
        guard let text, NationalPhone.isNational(text) else { return false }
        guard let handle = try NationalPhone.find(text, shop, context, on: connection) else {
            // Written with its country's code, but without the plus, it is known as it stands.
            let phones = asked.filter { $0.kind == .phone }.map { ($0.hash.high, $0.hash.low) }
            return try connection.query(
                "select from subjects.mention where lane = $1 and shop_id = $2 and handle = any($3) limit 1",
                [.int2(shop.lane), .int4(shop.shop), .uuidArray(phones)]
            ).isEmpty
        }
        if !asked.contains(handle) { asked.append(handle) }
        return false
    }

    /// Writes down that a number's country stayed open.
    func noteOpenPhone(on connection: PostgresConnection) throws {
        try StepResults.note(.announced, [NationalPhone.open: 1], of: id, on: connection)
    }
}

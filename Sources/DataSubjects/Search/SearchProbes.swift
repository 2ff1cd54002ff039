internal import Cryptography
internal import EventModel
internal import FoundationEssentials
internal import Postgres
internal import Privacy

/// Values of the person, gathered before the keys go, for which the search afterwards looks. They lie in the
/// request's row, sealed under a key of its own, and go when the request ends.
struct SearchProbes {
    /// Values of one request: a person has a handful of addresses and names; the rest repeats.
    private static let countMax = 200
    /// Shorter values stand in too many places to say anything ("DE", a house number).
    private static let bytesMin = 5
    /// Longer ones are cut: a note's beginning is as telling as all of it.
    private static let bytesMax = 200
    /// Events opened for it: the first ones have what the others repeat.
    private static let eventsMax = 500

    /// A phone number has no fewer digits (E.164 with a country's number).
    private static let phoneDigitsMin = 7

    private(set) var texts: [String] = []

    /// Adds the sealed values of these events.
    mutating func gather(_ positions: [Position], _ events: inout PersonEvents) throws {
        var found = Set(texts)
        try events.each(Array(positions.sorted().prefix(Self.eventsMax))) { event in
            for value in event.values where found.count < Self.countMax {
                if let text = Self.probe(value) { found.insert(text) }
            }
            return found.count < Self.countMax
        }
        texts = found.sorted()
    }

    /// A string of JSON, or a piece of one, as text; other values say too little.
    private static func probe(_ value: [UInt8]) -> String? {
        let isString = value.first == UInt8(ascii: "\"")
        guard isString || !(value.first.map { [UInt8(ascii: "{"), UInt8(ascii: "[")].contains($0) } ?? true) else {
            return nil
        }
        // A piece of a string may be cut at an escape; then it is none to look for.
        let json = isString ? Data(value) : Data([0x22] + value + [0x22])
        guard let text = try? JSONDecoder().decode(String.self, from: json), text.utf8.count >= bytesMin,
            !text.utf8.contains(0)
        else { return nil }
        return String(decoding: Array(text.utf8).prefix(bytesMax), as: UTF8.self)
    }

    /// Whether a value names a person wherever it stands: an e-mail address, or a number as long as a phone's. Others do
    /// not: a city or a first name is also the word of a product or a discount code, and a day is everybody's.
    static func names(_ text: String) -> Bool {
        if text.contains("@") { return true }
        return text.utf8.count { $0 &- 0x30 < 10 } >= phoneDigitsMin && !text.contains(time)
    }

    /// A date at the beginning, or a time of day anywhere.
    private static var time: Regex<Substring> {
        /^(?:19|20|21)\d\d[-.\/]\d\d?[-.\/]\d\d?(?!\d)|^\d\d?[-.\/]\d\d?[-.\/](?:19|20|21)\d\d(?!\d)|\d:\d\d/
    }

    /// What is there already; nothing once the request is over or the shop's key is gone.
    static func read(
        _ request: Key128, _ context: ShopContext, on connection: PostgresConnection
    ) throws -> SearchProbes {
        let row = try connection.query(
            "select wrapped_key, sealed_probes from privacy.request where id = $1", [RequestTable.id(request)]
        ).first
        guard let row, let wrapped = row.bytesIfPresent(0), let sealed = row.bytesIfPresent(1) else {
            return SearchProbes()
        }
        let key = try context.unwrap(wrapped, keyID: request)
        let nonce = AES256GCM.nonceByteCount
        let plain = try AES256GCM(key: key).open(
            Array(sealed[nonce...]), nonce: Array(sealed[..<nonce]), aad: request.bytes)
        return SearchProbes(texts: try JSONDecoder().decode([String].self, from: Data(plain)))
    }

    /// Puts these in the place of what was there, under a new key.
    func store(_ request: Key128, _ context: ShopContext, on connection: PostgresConnection) throws {
        guard !texts.isEmpty else { return }
        let (key, nonce) = (Vault.newKey(), SecureRandom.bytes(AES256GCM.nonceByteCount))
        let plain = [UInt8](try JSONEncoder().encode(texts))
        _ = try connection.query(
            "update privacy.request set wrapped_key = $2, sealed_probes = $3 where id = $1",
            [
                RequestTable.id(request), .bytes(context.wrap(subjectKey: key, keyID: request)),
                .bytes(nonce + AES256GCM(key: key).seal(plain, nonce: nonce, aad: request.bytes)),
            ])
    }
}

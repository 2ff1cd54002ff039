/// Where a shopper lives and what the browser says about language.
struct Place: Sendable {
    let weight: Int
    let country: String
    let languages: [String]
    let city: String
    let province: String
    let countryName: String

    static let all: [Place] = [
        Place(weight: 46, country: "US", languages: ["en-US", "en"], city: "Austin", province: "TX", "United States"),
        Place(weight: 12, country: "GB", languages: ["en-GB", "en"], city: "Leeds", province: "ENG", "United Kingdom"),
        Place(weight: 14, country: "DE", languages: ["de-DE", "de", "en"], city: "Köln", province: "NW", "Germany"),
        Place(weight: 8, country: "FR", languages: ["fr-FR", "fr"], city: "Besançon", province: "BFC", "France"),
        Place(weight: 7, country: "CA", languages: ["en-CA", "fr-CA"], city: "Montréal", province: "QC", "Canada"),
        Place(weight: 4, country: "AT", languages: ["de-AT", "de"], city: "Graz", province: "ST", "Austria"),
        Place(weight: 4, country: "JP", languages: ["ja", "en-US"], city: "札幌市", province: "JP-01", "Japan"),
        Place(weight: 3, country: "IN", languages: ["en-IN", "hi"], city: "Hyderabad", province: "TS", "India"),
        Place(
            weight: 2, country: "NL", languages: ["nl-NL", "nl", "en"], city: "Utrecht", province: "UT", "Netherlands"),
    ]

    private init(
        weight: Int, country: String, languages: [String], city: String, province: String, _ countryName: String
    ) {
        self.weight = weight
        self.country = country
        self.languages = languages
        self.city = city
        self.province = province
        self.countryName = countryName
    }
}

/// A made-up person; the same number gives the same person, and no two numbers share an e-mail.
struct Person: Sendable {
    let first: String
    let last: String
    let email: String
    let phone: String
    let street: String
    let zip: String

    init(number: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed, stream: 0x7065_0000_0000 &+ UInt64(number))
        self.first = random.pick(Person.firstNames)
        self.last = random.pick(Person.lastNames)
        // example.com and example.org belong to nobody, and so do the numbers 555-0100 to 555-0199.
        let host = random.chance(0.5) ? "example.com" : "example.org"
        self.email = "shopper.\(number).\(String(seed % 1_000_003, radix: 36))@\(host)"
        self.phone = "+1\(201 + number % 700)55501\(ClockText.padded(number / 700 % 100, 2))"
        self.street = "\(1 + random.below(9_800)) \(random.pick(Person.streets)) \(number)"
        self.zip = ClockText.padded(10_000 + random.below(89_999), 5)
    }

    /// From this number on phone numbers repeat.
    static let phonesMax = 70_000

    private static let firstNames = [
        "Ada", "Bo", "Chloë", "Dmitri", "Eva", "Farid", "Grace", "Hana", "Ivo", "Jürgen", "Kofi", "Léa", "Mina", "Nils",
        "Olu", "Priya", "Quinn", "Rosa", "Søren", "Tomás", "Uma", "Vera", "Wen", "Yuki", "Zoë",
    ]
    private static let lastNames = [
        "Abbott", "Bauer", "Çelik", "Dubois", "Eriksen", "Ferrari", "García", "Hughes", "Ito", "Jansen", "Kowalski",
        "Lindqvist", "Müller", "Nguyen", "O'Brien", "Park", "Rossi", "Schmidt", "Tanaka", "Weiß",
    ]
    private static let streets = ["Lavender Way", "Kissenstraße", "Elm Street", "Rue du Sommeil", "Hollow Lane"]
}

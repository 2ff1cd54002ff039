extension Catalogue {
    /// A line of the price list; the price is in hundredths, each further size costs a quarter more.
    struct Item: Sendable {
        let title: String
        let handle: String
        let price: Int
        let sizes: [String]
    }

    /// One collection's part of the price list.
    struct Range: Sendable {
        let title: String
        let handle: String
        let vendor: String
        let items: [Item]
    }

    static let ranges: [Range] = [
        Range(
            title: "Mattresses", handle: "mattresses", vendor: "Cloudrest",
            items: [
                Item(title: "Cloudrest Original", handle: "cloudrest-original", price: 79_995, sizes: beds),
                Item(title: "Cloudrest Hybrid", handle: "cloudrest-hybrid", price: 109_900, sizes: beds),
                Item(title: "Matelas \"Été\" 160×200", handle: "matelas-ete", price: 64_950, sizes: ["Default Title"]),
                Item(title: "Latex Natural", handle: "latex-natural", price: 129_999, sizes: beds),
                Item(title: "Kids' Dream", handle: "kids-dream", price: 29_990, sizes: ["Default Title"]),
            ]),
        Range(
            title: "Toppers & Protectors", handle: "toppers", vendor: "Cloudrest",
            items: [
                Item(title: "Memory Foam Topper", handle: "memory-foam-topper", price: 14_995, sizes: beds),
                Item(title: "Wool Topper", handle: "wool-topper", price: 18_900, sizes: beds),
                Item(title: "Waterproof Protector", handle: "waterproof-protector", price: 3_995, sizes: beds),
            ]),
        Range(
            title: "Pillows", handle: "pillows", vendor: "Nimbus",
            items: [
                Item(title: "Nimbus Pillow", handle: "nimbus-pillow", price: 4_990, sizes: ["Soft", "Firm"]),
                Item(title: "Side Sleeper Pillow", handle: "side-sleeper", price: 6_450, sizes: ["Default Title"]),
                Item(title: "Daunenkissen Größe 80×80", handle: "daunenkissen", price: 8_925, sizes: ["Default Title"]),
                Item(title: "Travel Pillow", handle: "travel-pillow", price: 2_495, sizes: ["Sand", "Ink", "Moss"]),
            ]),
        Range(
            title: "Bedding", handle: "bedding", vendor: "Linen & Co",
            items: [
                Item(title: "Linen Sheet Set", handle: "linen-sheet-set", price: 12_990, sizes: beds),
                Item(title: "Cotton Percale Duvet Cover", handle: "percale-duvet", price: 9_900, sizes: beds),
                Item(title: "Weighted Blanket ☁️", handle: "weighted-blanket", price: 11_905, sizes: ["6 kg", "9 kg"]),
                Item(title: "Eye Mask", handle: "eye-mask", price: 1_727, sizes: ["Default Title"]),
            ]),
        Range(
            title: "Bed Frames", handle: "frames", vendor: "Eiche <Holz>",
            items: [
                Item(title: "Oak Frame", handle: "oak-frame", price: 54_900, sizes: beds),
                Item(title: "Slatted Base", handle: "slatted-base", price: 12_995, sizes: beds),
            ]),
    ]

    private static let beds = ["Single", "Queen", "King"]
}

internal import EventModel

/// Reads the pages of single events from their payloads.
struct EventPages {
    private let opener: PayloadDecompressor
    private var scanner = JSONScanner()

    /// Where events name their page; an earlier one wins.
    private static let pointers = PointerSet([
        "/context/document/location/href", "/context/document/location/pathname", "/page/url", "/data/page/url",
    ])

    init(_ dictionaries: PayloadDictionaries) { opener = PayloadDecompressor(dictionaries) }

    /// The page as reports show it; nil where the event names none, or cannot be read.
    mutating func page(of block: [UInt8], dictionary: UInt8) -> String? {
        var payload: [UInt8] = []
        do {
            try opener.open(block.span, dictionary: dictionary, into: &payload)
            try scanner.scan(payload.span, pointers: Self.pointers)
        } catch {
            return nil
        }
        let matches = scanner.matches.filter { $0.type == .string }
        guard let match = matches.min(by: { $0.pointer < $1.pointer }),
            let address = JSONText.string(payload.span, match)
        else { return nil }
        let page = PageAddress(address, clickIDs: []).page
        return page.isEmpty ? nil : page
    }
}

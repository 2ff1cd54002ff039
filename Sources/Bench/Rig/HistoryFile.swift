internal import Foundation

/// A bulk file of orders on the disk: the stand-in's own lines, again and again under other ids.
///
/// Made once: whoever is measured reads the same bytes, and does not wait for the stand-in to make them.
struct HistoryFile: Sendable {
    let path: String
    let orders: Int
    let lines: Int
    let bytes: Int

    /// Ids of the stand-in have 18 digits: six for the shop, one for the kind, eleven that count. Eleven digits are more
    /// than are used, so a copy's number fits in front of the count.
    private static let idDigits = 18
    private static let kindPlace = 6
    private static let copyPlaces = 7..<12
    /// Orders, lines, transactions and refunds; products and customers are the same in all copies.
    private static let copiedKinds = UInt8(ascii: "4")...UInt8(ascii: "7")
    /// Tokens of carts and checkouts are an order's own, too.
    private static let tokenMark = Array(#"Token":""#.utf8)

    /// Writes `copies` of a file with `orders` orders to `path`.
    init(copies: Int, of template: [UInt8], orders: Int, path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw BenchError("\(path) cannot be written")
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }  // everything is written by then
        var copy = template
        let places = Self.places(in: template)
        for number in 0..<copies {
            let digits = Self.digits(number)
            for place in places { copy.replaceSubrange(place..<place + digits.count, with: digits) }
            try file.write(contentsOf: copy)
        }
        self.path = path
        self.orders = copies * orders
        lines = copies * template.count { $0 == UInt8(ascii: "\n") }
        bytes = copies * template.count
    }

    private static func digits(_ copy: Int) -> [UInt8] {
        let text = Array(String(copy).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: copyPlaces.count - text.count) + text
    }

    /// Where a copy's number goes.
    private static func places(in text: [UInt8]) -> [Int] {
        var places: [Int] = []
        var at = 0
        while at < text.count {
            var end = at
            while end < text.count, isDigit(text[end]) { end += 1 }
            if end - at == idDigits, copiedKinds.contains(text[at + kindPlace]) {
                places.append(at + copyPlaces.lowerBound)
            } else if end == at, text[at...].starts(with: tokenMark) {
                places.append(at + tokenMark.count)
            }
            at = max(end, at + 1)
        }
        return places
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Seconds that `jq -c` takes to read and write all of it.
    func read(byJQ log: String) async throws -> Double {
        let start = ContinuousClock.now
        _ = try await Child.run(
            ["/bin/sh", "-c", #"exec "$0" -c . "$1" > /dev/null"#, try Program.find("jq"), path], log: log,
            limit: .seconds(3600))
        return (ContinuousClock.now - start).seconds
    }
}

/// What may name a person, for the routes and for the commands alike. What passes is hashed, so a slip of the pen would
/// quietly mean nobody.
package enum PersonText {
    /// RFC 5321, section 4.5.3.1: 64 before the `@`, 255 behind it.
    private static let emailBytesMax = 320
    /// 15 digits (E.164), and room for how people write them.
    private static let phoneBytesMax = 64

    /// One `@` with something on either side.
    package static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return text.utf8.count <= emailBytesMax && parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && !text.utf8.contains { $0 < 0x20 }
    }

    /// Five to fifteen digits, among what people write between them.
    package static func isPhone(_ text: String) -> Bool {
        let digits = text.utf8.filter { (0x30...0x39).contains($0) }.count
        return text.utf8.count <= phoneBytesMax && (5...15).contains(digits)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || " +-./()".utf8.contains($0) }
    }

    /// The number of a Shopify id or gid of this type; nil where it is none.
    package static func id(_ text: String, _ type: String) -> Int64? {
        let prefix = "gid://shopify/\(type)/"
        let number = Int64(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
        return number.flatMap { $0 > 0 ? $0 : nil }
    }
}

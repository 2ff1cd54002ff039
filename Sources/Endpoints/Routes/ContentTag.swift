internal import EventModel

/// Entity tags of content that depends on nothing else.
enum ContentTag {
    /// The same tag for the same bytes.
    static func tag(_ bytes: [UInt8]) -> String {
        "\"\(String(Checksum.xxh64(bytes.span), radix: 36))\""
    }
}

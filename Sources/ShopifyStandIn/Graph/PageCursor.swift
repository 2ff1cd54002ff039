internal import Cryptography

/// Cursors of connections: opaque to callers, base64 of a small object as Shopify's are.
enum PageCursor {
    static func text(_ index: Int) -> String {
        Base64.encode(Array(#"{"last_id":\#(index),"last_value":"\#(index)"}"#.utf8))
    }

    static func index(_ cursor: String) -> Int? {
        // A cursor that is none of ours has no index.
        guard let bytes = Base64.decode(cursor), let value = try? WireValue(json: bytes) else { return nil }
        return value["last_id"].integer.map(Int.init)
    }
}

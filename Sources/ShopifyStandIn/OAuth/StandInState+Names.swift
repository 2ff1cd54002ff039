internal import Cryptography

extension StandInState {
    /// 128 random bits.
    static func randomName() -> String { Hex.encode(SecureRandom.bytes(16)) }

    /// The `host` parameter of embedded pages and callbacks: base64 of the admin's address, without padding.
    static func host(of shop: String) -> String {
        let name = shop.split(separator: ".").first.map(String.init) ?? shop
        return Base64.encode(Array("admin.shopify.com/store/\(name)".utf8), .url)
    }
}

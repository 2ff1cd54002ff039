internal import Cryptography
internal import FoundationEssentials

/// Tells a manifest that this installation wrote from any other: HMAC-SHA-256 of its bytes under a key derived from
/// APP_SECRET_KEY, in hex, in a file beside it. The manifest names the other files by their SHA-256, so nothing in a backup
/// can be changed, nor a part of it be put in the place of another's, by somebody who only can write to its folder.
enum ManifestCode {
    static let fileName = "manifest.hmac"

    /// The file's content for these bytes of a manifest.
    static func make(_ manifest: [UInt8], secret: [UInt8]) -> [UInt8] {
        Array((Hex.encode(code(manifest, secret)) + "\n").utf8)
    }

    /// Throws `unauthentic` unless one of the secrets vouches for a folder's manifest.
    static func check(_ manifest: [UInt8], folder: String, secrets: [[UInt8]]) throws {
        guard let stored = FileManager.default.contents(atPath: folder + "/" + fileName) else {
            throw BackupError(
                .unauthentic,
                "\(folder) has no \(fileName): it was made by an older version of Footfall, or somebody took the file away. "
                    + hint)
        }
        let text = String(decoding: stored, as: UTF8.self).filter { !$0.isWhitespace }
        let given = Hex.decode(text) ?? []
        guard secrets.contains(where: { constantTimeEquals(code(manifest, $0), given) }) else {
            throw BackupError(
                .unauthentic,
                "\(folder)/\(BackupManifest.fileName) was changed since the backup was made, or was made under another "
                    + "APP_SECRET_KEY than the one given. " + hint)
        }
    }

    private static let hint =
        "Where that key is lost, or the version was an older one, and nobody else could write to the folder, restore it with "
        + "--trust-folder."

    private static func code(_ manifest: [UInt8], _ secret: [UInt8]) -> [UInt8] {
        HMACSHA256.authenticate(manifest, key: HKDF.derive(secret: secret, info: "footfall backup manifest"))
    }
}

// Cryptography: the only importer of OpenSSL. Bytes in, bytes out; keys are plain byte arrays that the caller keeps.
// Contexts are made once and reused, because setting one up costs several times the work on a small message; whoever
// holds one uses it from one thread at a time (what is not Sendable).

internal import COpenSSL

/// Why a cryptographic operation was refused.
package struct CryptographyError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// The key is wrong or the bytes were changed; which of them, nobody can tell.
        case authentication
        /// Bytes of the wrong length or alphabet.
        case malformed
    }

    /// What kind of failure it was.
    package let code: Code
    /// Our words; never a key or a plain byte.
    package let message: String

    /// Makes an error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// One line for logs.
    package var description: String { message }
}

/// OpenSSL's cipher, looked up once: an implicit lookup at each use costs as much as hashing a kilobyte.
///
/// They are safe to share: `EVP_MD_fetch(3)` and its sisters return immutable, reference-counted objects.
enum Algorithm {
    // Shared unchecked: immutable, reference-counted objects of OpenSSL.
    nonisolated(unsafe) static let aes256gcm = unsafe found(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil))
    nonisolated(unsafe) static let aes256ecb = unsafe found(EVP_CIPHER_fetch(nil, "AES-256-ECB", nil))

    private static func found(_ algorithm: OpaquePointer?) -> OpaquePointer {
        guard let algorithm = unsafe algorithm else { fatalError("OpenSSL lacks an algorithm every build of it has") }
        return unsafe algorithm
    }
}

/// Stops the program: what is checked here fails only when memory ran out or a length rule was broken by us.
func mustSucceed(_ status: Int32, _ function: StaticString = #function) {
    precondition(status == 1, "OpenSSL refused in \(function)")
}

/// A context that OpenSSL just made.
func made(_ context: OpaquePointer?) -> OpaquePointer {
    guard let context = unsafe context else { fatalError("OpenSSL is out of memory") }
    return unsafe context
}

/// A fast keyed 128-bit fingerprint of a message: AES-GMAC with a fixed nonce.
///
/// Two different messages meet with a probability of about their length in blocks / 2^128, also for a sender who picks
/// them, as long as fingerprints and key stay with us. It is no signature: with the nonce fixed, who sees fingerprints
/// of messages he knows can make others.
///
/// One belongs to one thread at a time.
package final class Fingerprint128 {
    private static let nonce = [UInt8](repeating: 0, count: AES256GCM.nonceByteCount)

    private let mode: GaloisCounter

    /// A key of 32 bytes.
    package init(key: [UInt8]) { self.mode = GaloisCounter(key: key.span) }

    /// The fingerprint of the pieces as one message.
    package func of(_ first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> (high: UInt64, low: UInt64) {
        self.mode.start(nonce: Self.nonce.span)
        self.mode.authenticate(first)
        self.mode.authenticate(second)
        let tag = self.mode.finish()
        return (UInt64(bigEndian: tag.high), UInt64(bigEndian: tag.low))
    }
}

internal import Glibc

/// A bulk file of orders that is on the disk already: for files that are too long to be made at every reading.
package struct StoredBulkFile: Sendable, Hashable {
    package var path: String
    package var orders: Int
    package var lines: Int
    package var bytes: Int

    /// Tells of a file; nobody looks whether it is so.
    package init(path: String, orders: Int, lines: Int, bytes: Int) {
        self.path = path
        self.orders = orders
        self.lines = lines
        self.bytes = bytes
    }
}

/// Reads such a file once; a file that is not there is empty. Belongs to one reader at a time.
final class StoredBulkFileReader {
    private static let pieceBytes = 256 << 10
    private let descriptor: Int32

    init(_ file: StoredBulkFile) { descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func next() -> [UInt8]? {
        guard descriptor >= 0 else { return nil }
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
            count = unsafe max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return piece.isEmpty ? nil : piece
    }
}

internal import Synchronization

/// What the columns of all workers may take together.
final class MemoryBudget: Sendable {
    private let bytesMax: Int
    private let bytes = Mutex<[Int: Int]>([:])

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Notes what a worker holds and says whether all of them hold too much.
    func isExceeded(_ worker: Int, _ held: Int) -> Bool {
        bytes.withLock { bytes in
            bytes[worker] = held
            return bytes.values.reduce(0, +) > bytesMax
        }
    }

    /// What all workers hold.
    var total: Int { bytes.withLock { $0.values.reduce(0, +) } }
}

internal import Endpoints
internal import Foundation

/// Room on the disk that a data folder is on.
///
/// A full disk stops both private stores: nothing is accepted then, and nothing that was answered is lost. They are
/// started again until they find room.
struct DiskRoom {
    let folder: String

    /// Below this the stores do not start: Postgres writes its log in files of 16 MiB, and more than one.
    static let freeBytesMin: Int64 = 64 << 20
    /// Less than this, and a busy day fills the disk before anybody looks.
    private static let busyDayBytes: Int64 = 2 << 30

    /// Nil where the folder's disk cannot be asked.
    var freeBytes: Int64? {
        // Without the folder there is nothing to say of its disk.
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value
    }

    /// True where the stores stop.
    var isFull: Bool { freeBytes.map { $0 < Self.freeBytesMin } ?? false }

    /// What readiness says.
    var health: HealthCheck.Outcome {
        guard let freeBytes else { return .pass("cannot be asked") }
        return isFull ? .fail(words(freeBytes)) : .pass("\(freeBytes >> 20) MiB free")
    }

    /// What the doctor says.
    var finding: Finding {
        guard let freeBytes else { return Finding("disk", .warn, "How much is free in \(folder) cannot be asked.") }
        if isFull { return Finding("disk", .fail, words(freeBytes)) }
        return Finding(
            "disk", freeBytes >= Self.busyDayBytes, good: "\(freeBytes >> 30) GiB free", else: .warn,
            "Only \(freeBytes >> 20) MiB are free in \(folder).")
    }

    private func words(_ freeBytes: Int64) -> String {
        """
        Only \(freeBytes >> 20) MiB are free in \(folder): on a full disk Postgres and Redis stop, and nothing is \
        accepted. Make room; they start again by themselves, with all that was answered.
        """
    }
}

internal import Endpoints
internal import Foundation
internal import PrivateStores

/// Room on the disks that a data folder is on: Postgres's and Redis's parts of it may be file systems of their own.
///
/// A full disk stops the private stores: nothing is accepted then, and nothing that was answered is lost. They are
/// started again until they find room.
struct DiskRoom {
    /// One file system.
    struct Volume: Equatable {
        /// The first folder of ours that is on it.
        let folder: String
        let freeBytes: Int64
    }

    private let folders: [String]

    /// Below this the stores do not start: Postgres writes its log in files of 16 MiB, and more than one.
    static let freeBytesMin: Int64 = 64 << 20
    /// Less than this, and a busy day fills the disk before anybody looks.
    private static let busyDayBytes: Int64 = 2 << 30

    /// Of a data folder and what the stores keep in it.
    init(data folder: String) { folders = [folder] + PrivateStores.storage(in: folder) }

    /// Each file system once, in the folders' order; none where they cannot be asked.
    var volumes: [Volume] {
        var known: Set<Int> = []
        return folders.compactMap { folder in
            let files = FileManager.default
            // Without the folder there is nothing to say of its disk. A link leads to the disk that counts.
            let path = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
            guard let item = try? files.attributesOfItem(atPath: path),
                let number = (item[.systemNumber] as? NSNumber)?.intValue, known.insert(number).inserted,
                let system = try? files.attributesOfFileSystem(forPath: path),
                let free = (system[.systemFreeSize] as? NSNumber)?.int64Value
            else { return nil }
            return Volume(folder: folder, freeBytes: free)
        }
    }

    /// True where the stores, or one of them, stop.
    var isFull: Bool { volumes.contains(where: Self.isFull) }

    /// What readiness says.
    var health: HealthCheck.Outcome {
        let volumes = self.volumes
        if volumes.contains(where: Self.isFull) { return .fail(Self.words(volumes)) }
        guard let least = volumes.map(\.freeBytes).min() else { return .pass("cannot be asked") }
        return .pass("\(least >> 20) MiB free")
    }

    /// What the doctor says.
    var finding: Finding {
        let volumes = self.volumes
        if volumes.contains(where: Self.isFull) { return Finding("disk", .fail, Self.words(volumes)) }
        guard let least = volumes.min(by: { $0.freeBytes < $1.freeBytes }) else {
            return Finding("disk", .warn, "How much is free in \(folders[0]) cannot be asked.")
        }
        return Finding(
            "disk", least.freeBytes >= Self.busyDayBytes, good: Self.list(volumes), else: .warn,
            "Only \(least.freeBytes >> 20) MiB are free in \(least.folder).")
    }

    /// How it stands with all of them, for a message about something else.
    var summary: String { Self.list(volumes) }

    private static func isFull(_ volume: Volume) -> Bool { volume.freeBytes < freeBytesMin }

    private static func list(_ volumes: [Volume]) -> String {
        guard volumes.count > 1 else { return volumes.map { "\(amount($0)) free" }.joined() }
        return volumes.map { "\(amount($0)) free in \($0.folder)" }.joined(separator: ", ")
    }

    private static func amount(_ volume: Volume) -> String {
        volume.freeBytes >= busyDayBytes ? "\(volume.freeBytes >> 30) GiB" : "\(volume.freeBytes >> 20) MiB"
    }

    private static func words(_ volumes: [Volume]) -> String {
        let full = volumes.filter(isFull).map { "\($0.freeBytes >> 20) MiB are free in \($0.folder)" }
        return """
            Only \(full.joined(separator: " and ")): on a full disk Postgres and Redis stop, and nothing is accepted. Make \
            room; they start again by themselves, with all that was answered.
            """
    }
}

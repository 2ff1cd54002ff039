internal import Cryptography
internal import EventModel
internal import FoundationEssentials
internal import Glibc
internal import Privacy

/// The folder that backups lie in, each in a folder of its own.
struct BackupShelf {
    let path: String

    /// Makes the folder where there is none.
    init(_ path: String) throws {
        self.path = path
        if !FileManager.default.fileExists(atPath: path) { try makeFolder(path) }
    }

    /// Runs `body` unless another backup is being made into the same folder.
    func locked<R>(_ body: () throws -> R) throws -> R {
        let file = unsafe open(path + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ByteWriter.failure(path) }
        defer {
            // Not by closing alone: a child that is being started beside may have the file for another moment.
            flock(file, LOCK_UN)
            close(file)
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw ByteWriter.failure(path) }
            throw BackupError(.busy, "another backup is being made into \(path)")
        }
        return try body()
    }

    /// `20261121T141926Z-` and the first digits of the id: sorts by time.
    func name(of id: Key128, _ millis: Int64) -> String {
        let time = Timestamp.text(millis).prefix(19).filter { $0 != "-" && $0 != ":" }
        return "\(time)Z-\(id.hex.prefix(8))"
    }

    /// A folder for its owner alone.
    func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw BackupError(.storage, "the folder \(path) cannot be made")
        }
    }

    /// Removes what is left of a backup that failed; at worst the next backup does.
    func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Removes what earlier, interrupted backups left, and the files of keys whose time is over; their number.
    func clean(nowMillis: Int64) throws -> Int {
        var destroyed = 0
        for name in try names() {
            let folder = path + "/" + name
            if name.hasSuffix(BackupMaker.unfinished) {
                remove(folder)
            } else if let end = Self.keysExpireAtMillis(in: folder), end <= nowMillis {
                let keys = folder + "/" + KeyFile.name
                guard unsafe unlink(keys) == 0 else { throw ByteWriter.failure(keys) }
                destroyed += 1
            }
        }
        return destroyed
    }

    /// As the file of keys says itself, or the manifest where one of them is damaged; nil where there is no such file, or
    /// the folder is no backup.
    private static func keysExpireAtMillis(in folder: String) -> Int64? {
        let keys = folder + "/" + KeyFile.name
        guard FileManager.default.fileExists(atPath: keys) else { return nil }
        let line = try? KeyFile.Reader(keys, secrets: []).line  // damaged
        let manifest = try? BackupManifest(folder: folder)  // damaged, or none
        return [line.flatMap { Timestamp.parse($0.expiresAt) }, manifest?.keysExpireAtMillis].compactMap(\.self).min()
    }

    /// The manifests of the backups of this folder by the names of theirs, as far as one of the secrets vouches for them
    /// (nil: whoever does); other folders have none.
    func manifests(_ secrets: [[UInt8]]?) throws -> [String: BackupManifest] {
        try names().reduce(into: [:]) { all, name in
            all[name] = try? BackupManifest(folder: path + "/" + name, secrets: secrets)  // no backup of ours
        }
    }

    private func names() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw BackupError(.storage, "the folder \(path) cannot be read; what lies beside a backup has to be known")
        }
    }
}

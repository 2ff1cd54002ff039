package import EventModel
internal import FoundationEssentials
package import Privacy

/// What a backup is, in `manifest.json`; written last but for its code, so a folder that has both is whole.
package struct BackupManifest: Codable, Sendable {
    /// The form of backup this program writes.
    static let format = "footfall.backup.1"
    static let fileName = "manifest.json"

    /// One file of the backup.
    package struct File: Codable, Sendable {
        /// Its name in the folder.
        package let name: String
        /// Its size.
        package let bytes: Int64
        /// In hex.
        package let sha256: String
    }

    /// Where one lane of the log ends in the backup.
    package struct LaneHead: Codable, Sendable, Equatable {
        /// The lane.
        package let lane: Lane
        /// Its appends.
        package let sequence: Int64
        /// Its last event.
        package let position: Position
        /// Hash of the newest append, in hex: the end of the lane's chain.
        package let hash: String
        /// The buffer it was read from, and its last entry taken in; nil where none was.
        package let buffer: String?
        package let entry: String?
    }

    /// The file of keys.
    package struct Keys: Codable, Sendable {
        /// Its name in the folder; the file goes before the rest of the backup does.
        package let name: String
        /// In hex.
        package let sha256: String
        /// From then on it is not restored, and is to be destroyed.
        package let expiresAt: String
    }

    /// The form of the backup.
    package let format: String
    /// A UUID; the folder's name ends with its beginning.
    package let id: String
    /// Which installation it is of, a UUID; nil where the version that made it knew of none.
    package let installation: String?
    /// When the data were as they are here.
    package let madeAt: String
    /// Major version of the Postgres that wrote the dump.
    package let postgres: Int
    /// Number of the newest migration.
    package let migration: Int
    /// True where all that had been accepted by then is in it; false where the buffer could not be asked.
    package let isDrained: Bool
    /// Every lane that has an append.
    package let lanes: [LaneHead]
    /// How far the journal of erasures went; nil where there was no file.
    package let journal: ErasureChain.Head?
    /// The files without the keys'.
    package let files: [File]
    /// The keys' file.
    package let keys: Keys

    /// Unix milliseconds; 0 where the text is none.
    package var madeAtMillis: Int64 { Timestamp.parse(madeAt) ?? 0 }
    /// Unix milliseconds; 0 where the text is none.
    package var keysExpireAtMillis: Int64 { Timestamp.parse(keys.expiresAt) ?? 0 }

    /// Reads a backup's manifest. Throws `unauthentic` unless one of these secrets vouches for it; nil looks at none, for
    /// reading what nothing is done by.
    package init(folder: String, secrets: [[UInt8]]? = nil) throws {
        guard let bytes = FileManager.default.contents(atPath: folder + "/" + Self.fileName) else {
            throw BackupError(.damaged, "\(folder) is no backup: it has no \(Self.fileName)")
        }
        if let secrets { try ManifestCode.check([UInt8](bytes), folder: folder, secrets: secrets) }
        do {
            self = try JSONDecoder().decode(Self.self, from: bytes)
        } catch {
            throw BackupError(.damaged, "\(folder)/\(Self.fileName) cannot be read")
        }
        guard format == Self.format else {
            throw BackupError(.damaged, "\(folder) was written by another version of Footfall (\(format))")
        }
    }

    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return [UInt8](try encoder.encode(self)) + Array("\n".utf8)
        }
    }
}

extension BackupManifest {
    init(
        id: Key128, installation: Key128?, madeAt: Int64, postgres: Int, migration: Int, isDrained: Bool,
        lanes: [LaneHead], journal: ErasureChain.Head?, files: [File], keys: Keys
    ) {
        self.format = Self.format
        (self.id, self.installation) = (id.uuid, installation?.uuid)
        self.madeAt = Timestamp.text(madeAt)
        (self.postgres, self.migration, self.isDrained) = (postgres, migration, isDrained)
        (self.lanes, self.journal, self.files, self.keys) = (lanes, journal, files, keys)
    }

    /// Refuses a backup of which a file is missing or another one than it was; the keys' file may be gone.
    func verifyFiles(in folder: String) throws {
        for file in files {
            let found = try FileDigest.of(folder + "/" + file.name)
            guard found.sha256 == file.sha256, found.bytes == file.bytes else {
                throw BackupError(.damaged, "\(file.name) is not the file that was written: its SHA-256 differs")
            }
        }
        let sealed = folder + "/" + keys.name
        guard FileManager.default.fileExists(atPath: sealed) else { return }
        guard try FileDigest.of(sealed).sha256 == keys.sha256 else {
            throw BackupError(
                .damaged,
                "\(keys.name) is not the file that was written: its SHA-256 differs. Without it, moved elsewhere, all but "
                    + "personal fields can be restored.")
        }
    }
}

internal import FoundationEssentials
internal import Glibc

/// Which file lies where in a data folder.
struct StoreLayout: Sendable {
    /// `sun_path` holds 108 bytes with its closing zero.
    static let socketPathBytesMax = 107
    /// Part of Postgres's socket name; nothing listens on such a TCP port.
    static let port = 5432

    let folder: String

    var lockFile: String { folder + "/stores.lock" }
    var postgresFolder: String { folder + "/postgres" }
    var cluster: String { postgresFolder + "/data" }
    var unfinishedCluster: String { postgresFolder + "/data.unfinished" }
    var postmasterFile: String { cluster + "/postmaster.pid" }
    var postgresLog: String { folder + "/postgres.log" }
    var redisFolder: String { folder + "/redis" }
    var redisLog: String { folder + "/redis.log" }
    var redisSocket: String { socketFolder + "/redis.sock" }
    var redisProcessFile: String { redisFolder + "/redis.pid" }
    var postgresSocket: String { Self.postgresSocket(in: socketFolder) }

    /// Inside the data folder, or, where that path is too long for a socket, a short one named after its hash.
    var socketFolder: String {
        let inside = folder + "/run"
        if Self.postgresSocket(in: inside).utf8.count + ".lock".utf8.count <= Self.socketPathBytesMax { return inside }
        let hash = folder.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "/tmp/footfall-" + String(hash, radix: 16)
    }

    var addresses: StoreAddresses {
        StoreAddresses(databaseURL: databaseURL(name: "footfall"), redisURL: "unix://" + Self.encoded(redisSocket))
    }

    func databaseURL(name: String) -> String {
        "postgresql://footfall@/\(name)?host=\(Self.encoded(socketFolder))&port=\(Self.port)"
    }

    private static func postgresSocket(in folder: String) -> String { folder + "/.s.PGSQL.\(port)" }

    /// Percent-encodes all but the plain characters of a path.
    private static func encoded(_ path: String) -> String {
        path.utf8.reduce(into: "") { text, byte in
            let character = Character(Unicode.Scalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "/-_.~".contains(character) {
                text.append(character)
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

extension StoreLayout {
    /// Makes the data folder, which others may walk through but not read.
    func makeFolder() throws {
        guard !FileManager.default.fileExists(atPath: folder) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        } catch {
            throw PrivateStoresError(.folder, "the data folder \(folder) cannot be made")
        }
    }

    /// Makes a folder that only the stores' user may enter, and refuses one that belongs to anybody else.
    static func makePrivate(_ path: String, owner: StoreUser) throws {
        if unsafe mkdir(path, 0o700) == 0 {
            guard unsafe chown(path, owner.userID, owner.groupID) == 0 else {
                throw PrivateStoresError(.folder, "\(path) cannot be given to user \(owner.userID)")
            }
        }
        var info = stat()
        guard unsafe lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw PrivateStoresError(.folder, "\(path) cannot be made")
        }
        guard info.st_uid == owner.userID else {
            throw PrivateStoresError(.folder, "\(path) belongs to user \(info.st_uid), not \(owner.userID); remove it")
        }
        guard unsafe info.st_mode & 0o777 == 0o700 || chmod(path, 0o700) == 0 else {
            throw PrivateStoresError(.folder, "\(path) can be entered by others")
        }
    }

    /// Removes a socket folder outside the data folder, once the servers have taken their sockets away.
    func removeForeignSocketFolder() {
        if !socketFolder.hasPrefix(folder + "/") { _ = unsafe rmdir(socketFolder) }
    }

    /// The last lines of a log, for an error message.
    static func tail(of log: String, from start: Int = 0, lines: Int = 8) -> String {
        guard let bytes = FileManager.default.contents(atPath: log) else { return "" }
        let all = String(decoding: bytes.dropFirst(start).suffix(4096), as: UTF8.self).split(separator: "\n")
        return all.suffix(lines).joined(separator: "\n")
    }

    /// The last line of a store's log; of Postgres's the last that says why it ended, which others follow.
    func lastWords(of store: PrivateStores.Store) -> String {
        let log = store == .postgres ? postgresLog : redisLog
        let lines = Self.tail(of: log, lines: Self.lastLines).split(separator: "\n")
        let reason = lines.last { line in store == .postgres && Self.endings.contains { line.contains($0) } }
        return String(reason ?? lines.last ?? "")
    }

    /// The end of a store's life takes no more lines; before them may stand the end of another life.
    private static let lastLines = 12
    /// How Postgres begins what ended it.
    private static let endings = ["FATAL:", "PANIC:"]

    static func size(of log: String) -> Int {
        var info = stat()
        return unsafe lstat(log, &info) == 0 ? Int(info.st_size) : 0
    }

    /// Keeps one old log beside a new one, so that logs cannot fill the disk.
    static func rotate(_ log: String) {
        guard size(of: log) > 8 << 20 else { return }
        _ = unsafe rename(log, log + ".1")
    }
}

/// Held by the one process that runs the stores of a folder; the system lets go of it however that process ends.
struct FolderLock: ~Copyable {
    /// A process that was just killed may hold it until its memory is given back.
    private static let waitMax = Duration.seconds(1)

    private let descriptor: Int32

    init(path: String) throws {
        let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw PrivateStoresError(.folder, "\(path) cannot be written") }
        let deadline = ContinuousClock.now + Self.waitMax
        while flock(opened, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                Glibc.close(opened)
                throw PrivateStoresError(
                    .inUse, "another footfall process runs the stores of this data folder (\(path))")
            }
            usleep(PrivateStores.pollMicroseconds)
        }
        self.descriptor = opened
    }

    deinit {
        Glibc.close(descriptor)
    }
}

internal import Blocking
internal import Configuration
internal import Cryptography
internal import DataSubjects
internal import Foundation
internal import PrivateStores

/// The data folder of `footfall up`: a private Postgres and Redis, and the secrets made for them.
struct LocalFolder {
    static let defaultPath = ".footfall"
    private static let vaultKey = "APP_SECRET_KEY"
    private static let previousKey = "APP_SECRET_KEY_PREVIOUS"
    private static let secretNames = [vaultKey, "SESSION_SECRET_KEY", "SHOPIFY_API_SECRET"]

    let path: String
    let stores: PrivateStores

    /// - Parameter create: whether the folder may be made; otherwise it must be one that `up` has used.
    init(path: String, create: Bool) throws {
        let full = URL(fileURLWithPath: path).standardizedFileURL.path
        if !create, !FileManager.default.fileExists(atPath: full + "/secrets.env") {
            throw CommandFailure("\(path) is no data folder of `footfall up`: there is no secrets.env in it.")
        }
        do {
            try FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("\(path) cannot be made a data folder: \(error.localizedDescription)")
        }
        self.path = full
        self.stores = PrivateStores(folder: full)
    }

    /// The private stores' addresses and the folder's journal, under the environment's names.
    func flags(_ addresses: StoreAddresses) -> [String: String] {
        [
            "DATABASE_URL": addresses.databaseURL, "REDIS_URL": addresses.redisURL,
            "FOOTFALL_ERASURE_JOURNAL": path + "/" + ErasureJournal.fileName, "FOOTFALL_PRIVATE_STORES": "yes",
        ]
    }

    /// Runs `body` with the stores up and these secrets; leaves the stores running only where they were.
    ///
    /// Where another process runs them and one does not answer, that is an error, or told to `onSilence`.
    func withStores<R>(
        _ secrets: [String: String], onSilence: ((String) -> Void)? = nil,
        _ body: ([String: String], [String: String]) async throws -> R
    ) async throws -> R {
        if let running = await stores.runningAddresses() {
            return try await body(flags(running), secrets)
        }
        let addresses: StoreAddresses
        do {
            addresses = try await stores.start()
        } catch let error as PrivateStoresError where error.code == .inUse {
            // Both answer where they were just being started.
            if let silence = await silence() {
                guard let onSilence else { throw CommandFailure(silence) }
                onSilence(silence)
            }
            return try await body(flags(stores.addresses), secrets)
        }
        do {
            let result = try await body(flags(addresses), secrets)
            await stores.stop()
            return result
        } catch {
            await stores.stop()
            throw error
        }
    }

    /// What is wrong with stores that another process runs; nil where both answer.
    private func silence() async -> String? {
        let silent = await stores.silent()
        guard !silent.isEmpty else { return nil }
        let parts = silent.map { store in
            let (name, words) = (store.rawValue, stores.lastWords(of: store))
            return "\(name) does not answer"
                + (words.isEmpty ? "" : "; the last that \(path)/\(name).log says of it: \(words)")
        }
        let room = DiskRoom(data: path)
        let remedy =
            room.isFull
            ? "The disk is full: make room, and it starts again by itself."
            : "A running `footfall up` starts it again by itself; where it does not come back, stop that and start it anew."
        return "Another footfall process runs the stores of \(path), and \(parts.joined(separator: "; ")). "
            + "Disk: \(room.summary). \(remedy)"
    }

    /// The folder's secrets, readable by the owner only. A new folder takes over those that are set, so that the file
    /// holds what is in use, and the others are made.
    ///
    /// Refuses where `config` sets another APP_SECRET_KEY than the folder has, unless the previous one is set too, as in
    /// a rotation: what one of them has sealed the other would never open.
    func secrets(under config: ConfigReader) throws -> [String: String] {
        let given = try Self.given(config)
        guard let kept = Self.secrets(in: secretsFile) else { return try adopt(given) }
        guard let own = kept[Self.vaultKey], let other = given[Self.vaultKey],
            config.string(forKey: "app.secret.key.previous", isSecret: true)?.isEmpty ?? true,
            try Settings.key(own, "\(Self.vaultKey) of \(secretsFile)") != Settings.key(other, Self.vaultKey)
        else { return kept }
        throw CommandFailure(
            """
            APP_SECRET_KEY of the environment (or of .env, footfall.yaml) is another one than APP_SECRET_KEY in \
            \(secretsFile). Unset the first, or put it into the file where it is the one that this data was sealed \
            under. For a rotation set APP_SECRET_KEY_PREVIOUS to the old one; `footfall key rotate-vault` puts the new one \
            into the file.
            """)
    }

    private static func given(_ config: ConfigReader) throws -> [String: String] {
        var given: [String: String] = [:]
        for name in secretNames {
            let key = ConfigKey(name.lowercased().replacing("_", with: "."))
            if let value = config.string(forKey: key, isSecret: true), !value.isEmpty { given[name] = value }
        }
        if let key = given[vaultKey] { _ = try Settings.key(key, vaultKey) }
        return given
    }

    /// Begins a new folder with these secrets; those that are not given are made.
    @discardableResult
    func adopt(_ given: [String: String]) throws -> [String: String] {
        let made = Dictionary(uniqueKeysWithValues: Self.secretNames.map { ($0, Hex.encode(SecureRandom.bytes(32))) })
        let all = made.merging(given) { _, given in given }
        try write(all)
        return all
    }

    /// Keeps a new APP_SECRET_KEY and, until `endRotation`, the one before it, so that whatever starts meanwhile has both;
    /// does nothing where the new one is the folder's already.
    func beginRotation(to key: [UInt8]) throws {
        guard var kept = Self.secrets(in: secretsFile), let old = kept[Self.vaultKey],
            try Settings.key(old, Self.vaultKey) != key
        else { return }
        kept[Self.previousKey] = old
        kept[Self.vaultKey] = Hex.encode(key)
        try write(kept)
    }

    /// Nothing of this folder is wrapped under the previous key any more.
    func endRotation() throws {
        guard var kept = Self.secrets(in: secretsFile) else { return }
        if kept.removeValue(forKey: Self.previousKey) != nil { try write(kept) }
    }

    private func write(_ secrets: [String: String]) throws {
        let text = secrets.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
        do {
            try DurableFile.replace(secretsFile, with: Array(text.utf8))
        } catch {
            throw CommandFailure("\(secretsFile) cannot be written.")
        }
    }

    private var secretsFile: String { path + "/secrets.env" }

    /// The secrets that a file holds; nil where there is none.
    static func secrets(in file: String) -> [String: String]? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return Dictionary(
            lines.compactMap { line in
                line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
            }, uniquingKeysWith: { first, _ in first })
    }
}

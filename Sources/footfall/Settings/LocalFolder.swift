internal import Blocking
internal import Cryptography
internal import DataSubjects
internal import Foundation
internal import PrivateStores

/// The data folder of `footfall up`: a private Postgres and Redis, and the secrets made for them.
struct LocalFolder {
    static let defaultPath = ".footfall"
    private static let secretNames = ["APP_SECRET_KEY", "SESSION_SECRET_KEY", "SHOPIFY_API_SECRET"]

    let path: String
    let stores: PrivateStores

    /// - Parameter create: whether the folder may be made; otherwise it must be one that `up` has used.
    init(path: String, create: Bool) throws {
        let full = URL(fileURLWithPath: path).standardizedFileURL.path
        if !create, !FileManager.default.fileExists(atPath: full + "/secrets.env") {
            throw CommandFailure("\(path) is no data folder of `footfall up`: there is no secrets.env in it.")
        }
        try FileManager.default.createDirectory(atPath: full, withIntermediateDirectories: true)
        self.path = full
        self.stores = PrivateStores(folder: full)
    }

    /// The private stores' addresses and the folder's journal, under the environment's names.
    func flags(_ addresses: StoreAddresses) -> [String: String] {
        [
            "DATABASE_URL": addresses.databaseURL, "REDIS_URL": addresses.redisURL,
            "FOOTFALL_ERASURE_JOURNAL": path + "/" + ErasureJournal.fileName,
        ]
    }

    /// Runs `body` with the stores up; leaves them running only where they were.
    func withStores<R>(_ body: ([String: String], [String: String]) async throws -> R) async throws -> R {
        if let running = await stores.runningAddresses() {
            return try await body(flags(running), try secrets())
        }
        let addresses = try await stores.start()
        do {
            let result = try await body(flags(addresses), try secrets())
            await stores.stop()
            return result
        } catch {
            await stores.stop()
            throw error
        }
    }

    /// The folder's secrets; made at the first call, readable by the owner only.
    func secrets() throws -> [String: String] {
        if let found = Self.secrets(in: secretsFile) { return found }
        return try adopt([:])
    }

    /// Begins a new folder with these secrets; those that are not given are made.
    @discardableResult
    func adopt(_ given: [String: String]) throws -> [String: String] {
        let made = Dictionary(uniqueKeysWithValues: Self.secretNames.map { ($0, Hex.encode(SecureRandom.bytes(32))) })
        let all = made.merging(given) { _, given in given }
        let text = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
        do {
            try DurableFile.replace(secretsFile, with: Array(text.utf8))
        } catch {
            throw CommandFailure("\(secretsFile) cannot be written.")
        }
        return all
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

internal import ArgumentParser
internal import Backups
internal import Configuration
internal import DataSubjects
internal import EventModel
internal import Foundation
internal import Postgres
internal import Privacy

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup into new stores and forgets again what was forgotten since.",
        discussion: """
            The target is a folder that does not exist yet (--data), or the empty database of DATABASE_URL. What was \
            forgotten after the backup is told by the journal of erasures: the file erasures.journal of the old data \
            folder, or one made by `footfall privacy tombstones --out`. Nothing can be served before all of it has been \
            carried out again and verified. APP_SECRET_KEY is in no backup: give the old one by --secrets or the \
            environment.
            """)
    @Option(help: "The backup's folder.") var from: String
    @Option(help: "A new data folder, for `footfall up`. Without it the environment names the stores.") var data:
        String?
    @Option(help: "The journal of erasures.") var tombstones: String?
    @Flag(help: "There is no journal, and nothing was forgotten after the backup was made.") var noTombstonesSince =
        false
    @Option(help: "The old data folder's secrets.env; with --data.") var secrets: String?
    @Flag(help: "Take a backup whose manifest nothing vouches for; only where nobody else could write to its folder.")
    var trustFolder = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (tombstones != nil) != noTombstonesSince else {
            throw ValidationError(
                "Give the journal of erasures by --tombstones, or say --no-tombstones-since where nothing was forgotten."
            )
        }
        guard secrets == nil || data != nil else { throw ValidationError("--secrets goes with --data.") }
    }

    func run() async throws {
        let report = try await withTarget { settings, journal in
            try await Restoration(settings, from, journal, trustsFolder: trustFolder).run()
        }
        if json { return try Terminal.print(json: report) }
        report.show()
    }

    /// The settings of the stores to restore into, and the journal, which is looked at before anything is made.
    private func withTarget<R>(_ body: (Settings, ErasureChain?) async throws -> R) async throws -> R {
        guard let data else {
            let config = try await ConfigurationSources.reader(flags: [:], extra: [:])
            return try await body(try Settings(config), try journal(config))
        }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: data)) ?? []  // not there is as good as empty
        guard found.isEmpty else { throw CommandFailure("\(data) is not empty; a restore makes a folder of its own.") }
        let given = try await givenSecrets()
        let journal = try journal(try await ConfigurationSources.reader(flags: given, extra: [:]))
        let local = try LocalFolder(path: data, create: true)
        do {
            return try await local.withStores(try local.adopt(given)) { flags, secrets in
                let config = try await ConfigurationSources.reader(flags: flags.merging(given) { $1 }, extra: secrets)
                return try await body(try Settings(config), journal)
            }
        } catch {
            // Half of a restore is of no use, and what should have been forgotten may be in it.
            try? FileManager.default.removeItem(atPath: data)
            throw error
        }
    }

    /// What was forgotten, as far as the backup and those beside it know at least; nil where nothing was.
    private func journal(_ config: ConfigReader) throws -> ErasureChain? {
        let keys = try Settings.appSecrets(config)
        return try BackupFailure.explain {
            var journal: ErasureChain?
            do {
                journal = try tombstones.map { try ErasureJournal.read($0, secrets: keys) }
            } catch let error as PrivacyError where error.code == .wrongKey {
                throw CommandFailure("\(error.message) (\(tried(keys.count)))")
            } catch {
                throw error
            }
            let restorer = Restorer(folder: from, secrets: keys, trustsFolder: trustFolder)
            try restorer.check(
                journal, try restorer.manifest(), newestMigration: try Schema.newestMigration(ProjectFolders.locate()))
            return journal
        }
    }

    /// Where the keys came from that were tried; never what they are.
    private func tried(_ count: Int) -> String {
        let own = "tried: APP_SECRET_KEY of \(secrets ?? "the environment")"
        let previous = count > 1 ? ", APP_SECRET_KEY_PREVIOUS of the environment" : ""
        let other = ProcessInfo.processInfo.environment["APP_SECRET_KEY"] != nil && secrets != nil
        let untried = "; not tried: APP_SECRET_KEY of the environment, for --secrets goes first"
        return own + previous + (other ? untried : "")
    }

    /// The secrets that the new folder begins with.
    private func givenSecrets() async throws -> [String: String] {
        if let secrets {
            guard let given = LocalFolder.secrets(in: secrets), given["APP_SECRET_KEY"] != nil else {
                throw CommandFailure("\(secrets) is no secrets.env: it names no APP_SECRET_KEY.")
            }
            return given
        }
        let environment = ProcessInfo.processInfo.environment
        guard let key = environment["APP_SECRET_KEY"] else {
            throw CommandFailure(
                "The backup's keys and the journal open under the old APP_SECRET_KEY only: give it by --secrets "
                    + "FILE (the old folder's secrets.env) or in the environment.")
        }
        return ["APP_SECRET_KEY": key]
    }
}

/// What `restore --json` prints.
struct RestoreReport: Encodable, Sendable {
    let backup: String
    let made_at: String
    let keys: String
    let erasures: Int
    let erasures_of_unknown_shops: Int
    let events: Int
    let columns_searched: Int

    func show() {
        Terminal.print("Restored and verified: \(events) events as of \(made_at).")
        Terminal.print("\(erasures) erasures were carried out again; \(columns_searched) columns were searched.")
        switch keys {
        case "restored": Terminal.print("The keys are back.")
        case "expired": Terminal.print("The file of keys has expired: " + Self.closed)
        case "absent": Terminal.print("The backup has no file of keys: " + Self.closed)
        default: Terminal.print("The file of keys was sealed under another APP_SECRET_KEY: " + Self.closed)
        }
    }

    private static let closed =
        "personal fields can never be opened again, shops go on under new keys, and their apps must be connected again."
}

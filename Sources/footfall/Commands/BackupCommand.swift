internal import ArgumentParser
internal import Backups
internal import DataSubjects
internal import EventModel
internal import Foundation
internal import Postgres
internal import Privacy

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Writes the database to a folder, and its keys to a file of their own there.",
        discussion: """
            While everything runs, or with nothing running. What the gateway has accepted until now is first taken into \
            the log, so the backup has it. Keys are sealed under APP_SECRET_KEY, which is in no backup: keep it elsewhere.
            """)
    @Option(help: "The folder that backups lie in; each gets a folder of its own there.") var to: String
    @Option(help: "How long the file of keys may be restored, such as 30d; then personal fields stay closed.")
    var keysFor = "30d"
    @Flag(help: "Leave out what waits in Redis, which cannot be reached.") var withoutBuffer = false
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var stores: StoreOptions

    func validate() throws { _ = try keyMillis() }

    func run() async throws {
        let (target, keysFor, isDrained) = (to, try keyMillis(), !withoutBuffer)
        let made = try await stores.withSettings { settings in
            if isDrained { try await BufferEmptying(settings).run() }
            return try await settings.withPostgres { connection in
                try BackupFailure.explain {
                    try BackupMaker(secret: settings.appSecretKey).make(
                        BackupMaker.Order(
                            target: target, keysForMillis: keysFor, nowMillis: ShopifySide.nowMillis(),
                            isDrained: isDrained, journal: try settings.journalHead(connection)), from: connection)
                }
            }
        }
        try show(made)
    }

    private func show(_ made: BackupMaker.Made) throws {
        let report = Report(made)
        if json { return try Terminal.print(json: report) }
        Terminal.print("\(made.folder)")
        Terminal.print("\(report.events) events; keys may be restored until \(report.keys_expire_at).")
        if made.destroyedKeyFiles > 0 {
            Terminal.print("\(made.destroyedKeyFiles) expired files of keys of earlier backups were destroyed.")
        }
    }

    private func keyMillis() throws -> Int64 {
        let units: [Character: Int64] = ["h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = keysFor.last.flatMap({ units[$0] }), let count = Int64(keysFor.dropLast()), count > 0,
            count <= 10_000
        else { throw ValidationError("--keys-for is a number and h, d or w, such as 30d.") }
        return count * unit * 1000
    }

    private struct Report: Encodable {
        let folder: String
        let id: String
        let made_at: String
        let keys_expire_at: String
        let events: Int64
        let bytes: Int64
        let drained: Bool

        init(_ made: BackupMaker.Made) {
            folder = made.folder
            id = made.manifest.id
            made_at = made.manifest.madeAt
            keys_expire_at = made.manifest.keys.expiresAt
            events = made.manifest.lanes.reduce(0) { $0 + $1.position }
            bytes = made.manifest.files.reduce(0) { $0 + $1.bytes }
            drained = made.manifest.isDrained
        }
    }
}

/// Turns what the modules say into what a person reads.
enum BackupFailure {
    static func explain<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as BackupError {
            throw CommandFailure(error.message)
        } catch let error as ErasureJournal.Failure {
            throw CommandFailure(error.description)
        } catch let error as PrivacyError {
            throw CommandFailure(error.message)
        }
    }
}

extension Settings {
    /// What was forgotten, in the table and in the file where there is one.
    var journal: ErasureJournal { ErasureJournal(path: erasureJournal, secrets: appSecrets) }

    /// The current APP_SECRET_KEY, then the previous one.
    var appSecrets: [[UInt8]] { [appSecretKey] + [previousAppSecretKey].compactMap(\.self) }

    /// How far the journal's file goes once it has all that the database knows.
    fileprivate func journalHead(_ connection: PostgresConnection) throws -> ErasureChain.Head? {
        try erasureJournal.map { try ErasureJournal.export(to: $0, secrets: appSecrets, on: connection) }
    }
}

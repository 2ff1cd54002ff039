internal import Backups
internal import DataSubjects
internal import EventModel
internal import Foundation
internal import Logging
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Projector
internal import ReadModels
internal import Recorder
internal import Registry

/// The steps of a restore: load, forget, tell the log and the read models, verify.
struct Restoration {
    private let settings: Settings
    private let folder: String
    private let journal: ErasureChain?
    private let trustsFolder: Bool

    /// Between two looks at how far the read models are.
    private static let interval = Duration.milliseconds(200)

    init(_ settings: Settings, _ folder: String, _ journal: ErasureChain?, trustsFolder: Bool) {
        self.trustsFolder = trustsFolder
        (self.settings, self.folder, self.journal) = (settings, folder, journal)
    }

    func run() async throws -> RestoreReport {
        let folders = try ProjectFolders.locate()
        let (folder, erased, secrets) = (folder, journal?.entries ?? [], settings.appSecrets)
        let restorer = Restorer(folder: folder, secrets: secrets, trustsFolder: trustsFolder)
        let loaded = try await settings.withPostgres { connection in
            try BackupFailure.explain {
                try restorer.load(into: connection, without: erased, nowMillis: ShopifySide.nowMillis()) {
                    _ = try Schema.bringUpToDate($0, folders)
                }
            }
        }
        // What is to be forgotten is found by them, and a migration may have emptied some.
        if !erased.isEmpty { try await project(folders) }
        let forgotten = try await settings.withPostgres { connection in
            try BackupFailure.explain { try restorer.forget(erased, loaded, on: connection) }
        }
        try await record(forgotten.unrecorded, folders)
        try await settings.withPostgres { try restorer.closeShops(forgotten.entries, on: $0) }
        try await project(folders)
        let path = settings.erasureJournal
        let verification = try await settings.withPostgres { connection in
            try BackupFailure.explain {
                if let path {
                    // The old one goes on, so that backups beside this one know it.
                    if let journal { try ErasureJournal.begin(path, with: journal, secrets: secrets) }
                    _ = try ErasureJournal.export(to: path, secrets: secrets, on: connection)
                }
                return try restorer.verify(forgotten, on: connection)
            }
        }
        return RestoreReport(
            backup: loaded.manifest.id, made_at: loaded.manifest.madeAt, keys: loaded.keys.rawValue,
            erasures: verification.erasures, erasures_of_unknown_shops: forgotten.foreignCount,
            events: verification.events, columns_searched: verification.columns)
    }

    /// Writes the tombstones that the log may not have, past the buffer: nobody drains here. Those of entries that the
    /// backup has are in its log: an entry is made after its tombstone was.
    private func record(_ entries: [ErasureEntry], _ folders: ProjectFolders) async throws {
        guard !entries.isEmpty else { return }
        let vault = try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey)
        let recorder = EventRecorder(
            sink: DirectLog(settings.postgres("restore"), logger: Logger(label: "footfall.restore")),
            catalog: try PipelineCatalog.load(folder: folders.pipelines), dictionaries: try Dictionaries.load(folders),
            keyring: SubjectKeyring(), clock: ShopifySide.nowMillis)
        let shops = try await settings.withPostgres { try ShopRegistry.list(on: $0) }
        for shop in shops {
            let now = ShopifySide.nowMillis()
            let events = entries.filter { $0.shop == shop.id }.flatMap { [$0.tombstone, $0.tombstone(again: now)] }
            try await recorder.record(events, for: try RecordedShop(shop, vault: vault))
        }
    }

    /// Brings the read models up to the log's head, tombstones included.
    private func project(_ folders: ProjectFolders) async throws {
        let (lanes, shops) = try await settings.withPostgres { connection in
            (try ShopRegistry.lanes(on: connection), try ShopRegistry.list(on: connection))
        }
        let hosts = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.ownHosts) })
        let configuration = Server.projectorConfiguration(
            settings, folders, try PipelineCatalog.load(folder: folders.pipelines), try Dictionaries.load(folders),
            lanes
        ) { hosts[$0] ?? [] }
        let projector = ProjectorService(configuration, logger: Logger(label: "footfall.restore"))
        let rebuilder = ProjectionRebuilder(configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await projector.run() }
            let bar = ProgressLine("bringing read models up to date")
            while true {
                let status = try await rebuilder.list()
                let (done, all) = status.reduce((0, 0)) { ($0.0 + Int($1.position), $0.1 + Int($1.head)) }
                bar.show(done, of: all)
                if status.allSatisfy({ $0.position >= $0.head }) { break }
                try await Task.sleep(for: Self.interval)
            }
            group.cancelAll()
        }
    }
}

extension ErasureEntry {
    /// The event that the protocol recorded, byte for byte: a log that has it takes it for a repeat.
    fileprivate var tombstone: OwnEvent {
        .tombstone(scope == .person ? handles + unlinked : nil, request: request, sequence: sequence, at: atMillis)
    }

    /// One more of the restore's own: the backup's log may hold the first with an event of the person behind it, which
    /// the protocol's next round forgot, and that round is in no backup. Its sequence is above those of rounds.
    fileprivate func tombstone(again millis: Int64) -> OwnEvent {
        .tombstone(
            scope == .person ? handles + unlinked : nil, request: request, sequence: millis, at: millis,
            identity: "\(request.uuid) \(sequence) restored \(millis)")
    }
}

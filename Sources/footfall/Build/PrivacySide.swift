internal import DataSubjects
internal import EventModel
internal import Gateway
internal import Logging
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Recorder
internal import Registry

/// Requests of data subjects and what is gathered for them, for the routes and for the commands.
struct PrivacySide: Sendable {
    let pool: PostgresPool
    let vault: Vault
    let requests: RequestDesk
    let exports: ExportDesk
    let audit: OpeningAudit

    /// Gathering may take a session for some seconds; requests and receipts are short.
    private static let poolSize = 2

    init(_ settings: Settings, vault: Vault, dictionaries: PayloadDictionaries, recorder: EventRecorder) {
        let pool = PostgresPool(settings.postgres("privacy"), size: Self.poolSize)
        self.pool = pool
        self.vault = vault
        requests = RequestDesk(pool: pool, vault: vault, nowMillis: ShopifySide.nowMillis)
        exports = ExportDesk(
            pool: pool, dictionaries: dictionaries, recorder: recorder, nowMillis: ShopifySide.nowMillis)
        audit = OpeningAudit(pool: pool, recorder: recorder, nowMillis: ShopifySide.nowMillis)
    }

    /// Lends one to a command: its events go straight into the log, by the append that the drain uses.
    static func with<R>(_ settings: Settings, _ body: (PrivacySide) async throws -> R) async throws -> R {
        let folders = try ProjectFolders.locate()
        let dictionaries = try Dictionaries.load(folders)
        let recorder = EventRecorder(
            sink: DirectLog(settings.postgres("append"), logger: Logger(label: "footfall.append")),
            catalog: try PipelineCatalog.load(folder: folders.pipelines), dictionaries: dictionaries,
            keyring: SubjectKeyring(), clock: ShopifySide.nowMillis)
        let side = PrivacySide(
            settings, vault: try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey),
            dictionaries: dictionaries, recorder: recorder)
        do {
            let result = try await body(side)
            await side.pool.close()
            return result
        } catch let refusal as RequestRefusal {
            throw CommandFailure("It cannot be asked: \(refusal.message).")
        } catch let error as PostgresError {
            throw CommandFailure("Postgres: \(error.message)")
        }
    }

    /// A shop with its keys; nil where there is none or where it is redacted.
    func shop(_ id: ShopID) async throws -> RecordedShop? {
        let vault = vault
        return try await pool.run { connection in
            guard let found = try ShopRegistry.find(id: id, on: connection), found.status != .redacted else {
                return nil
            }
            return try RecordedShop(found, vault: vault)
        }
    }

    /// How it stands with the exports of requests, by request.
    func exports(of requests: [SubjectRequest]) async throws -> [Key128: ExportTable.Status] {
        let (gathered, now) = (requests.filter { $0.kind == .access && $0.state == .done }, ShopifySide.nowMillis())
        guard let first = gathered.first, let shop = try await shop(first.shop.shop) else { return [:] }
        return try await pool.run { connection in
            let context = ShopContext(shop: shop.id, keys: shop.keys)
            var found: [Key128: ExportTable.Status] = [:]
            for request in gathered where request.shop.shop == shop.id {
                found[request.id] = try ExportTable.status(
                    request.id, context: context, nowMillis: now, on: connection)
            }
            return found
        }
    }
}

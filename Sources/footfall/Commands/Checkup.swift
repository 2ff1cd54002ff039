internal import EventModel
internal import Foundation
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Redis
internal import Registry
internal import StreamBuffer

/// The doctor's checks.
struct Checkup {
    let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    private static let oldestPostgres: Int64 = 150_000
    private static let clockSkewMillisMax: Int64 = 2000

    func run() async -> [Finding] { app() + (await postgres()) + redis() }

    private func app() -> [Finding] {
        let missing = [
            ("SHOPIFY_API_KEY", settings.shopify.apiKey), ("SHOPIFY_APP_URL", settings.shopify.appURL),
        ].filter { $0.1 == nil }.map(\.0)
        let misspelt = Settings.misspelt
        return [
            Finding(
                "session secret", settings.sessionSecret != nil, good: "set",
                "SESSION_SECRET_KEY is not set; `serve` does not start without it."),
            Finding(
                "shopify app", missing.isEmpty, good: "can be installed", else: .warn,
                "\(missing.joined(separator: ", ")) not set: shops can be added by hand, none can install the app."),
            Finding(
                "names of settings", misspelt.isEmpty, good: "all known", else: .warn,
                "\(misspelt.joined(separator: ", ")) mean nothing here; is one misspelt?"),
        ]
    }

    private func postgres() async -> [Finding] {
        let session = PostgresSession(settings.postgres("doctor"), label: "footfall.doctor")
        let vault = try? Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey)
        do {
            let folders = try ProjectFolders.locate()
            return try await session.run { connection in
                var all = try Self.server(connection)
                let status = try Migrator(folder: folders.schema).status(connection)
                let open = status.filter { if case .applied = $0.state { false } else { true } }
                all.append(
                    Finding("migrations", open.isEmpty, good: "\(status.count) applied", "Run `footfall migrate`."))
                guard open.isEmpty else { return all }
                all += try Self.content(connection, vault)
                all += try Self.privacy(connection, journal: settings.erasureJournal)
                return all
            }
        } catch {
            return [Finding("postgres", .fail, "Cannot be used (\(error)). Check DATABASE_URL and that Postgres runs.")]
        }
    }

    private static func server(_ connection: PostgresConnection) throws -> [Finding] {
        let row = try connection.query(
            """
            select current_setting('server_version_num')::int, current_setting('fsync'),
                current_setting('synchronous_commit'), current_setting('full_page_writes'),
                (extract(epoch from clock_timestamp()) * 1000)::int8, current_setting('server_version')
            """)[0]
        let skew = abs(row.int64(4) - Int64(Date().timeIntervalSince1970 * 1000))
        return [
            Finding(
                "postgres", row.int64(0) >= oldestPostgres, good: row.text(5),
                "Version \(row.text(5)); 15 or newer is needed."),
            Finding(
                "postgres durability", row.text(1) == "on" && row.text(3) == "on" && row.text(2) != "off",
                good: "fsync, full_page_writes and synchronous_commit are on",
                "Set fsync, full_page_writes and synchronous_commit to on: 2xx means durable."),
            Finding(
                "clocks", skew <= clockSkewMillisMax, good: "\(skew) ms apart", else: .warn,
                "This machine and Postgres are \(skew) ms apart; run NTP on both."),
        ]
    }

    private static func content(_ connection: PostgresConnection, _ vault: Vault?) throws -> [Finding] {
        let partitions = try connection.query(
            "select to_regclass('log.event_' || to_char(date_trunc('week', now() + interval '7 days'), 'YYYYMMDD')) is not null"
        )[0].bool(0)
        let shops = try ShopRegistry.list(on: connection)
        let closed = shops.filter { shop in
            vault.map { (try? $0.unwrap(shop.wrappedKey)) == nil } ?? true  // any failure means "cannot be opened"
        }
        return [
            Finding(
                "log partitions", partitions, good: "made ahead", else: .warn, "Start the drain role: it makes them."),
            Finding(
                "vault", closed.isEmpty, good: "opens the keys of \(shops.count) shops",
                "\(closed.count) shop keys cannot be opened: APP_SECRET_KEY is not the one that wrapped them."),
        ]
    }

    private static func privacy(_ connection: PostgresConnection, journal: String?) throws -> [Finding] {
        let missing = Set(AccessRole.allCases).subtracting(try AccessRole.available(on: connection))
        let overdue = try connection.query(
            "select count(*) from privacy.request where state not in ('done', 'refused') and due_at < now()")[0].int64(
                0)
        return [
            Finding(
                "database roles", missing.isEmpty, good: "each session takes the one of its work", else: .warn,
                "\(missing.map(\.rawValue).sorted().joined(separator: ", ")) cannot be taken, so all sessions work as the "
                    + "user who logs in. Let a user who may create roles run `footfall migrate`."),
            Finding(
                "journal of erasures", journal != nil, good: "outside the database", else: .warn,
                "FOOTFALL_ERASURE_JOURNAL is not set: a restore of a backup cannot know what was forgotten since."),
            Finding(
                "privacy requests", overdue == 0, good: "none is overdue",
                "\(overdue) are past their 30 days; see `footfall privacy list`."),
        ]
    }

    private func redis() -> [Finding] {
        let connection = RedisConnection(settings.redis)
        do {
            let durability = try StreamDurability(connection)
            return [
                Finding("redis", .pass, "answers"),
                Finding(
                    "redis durability", durability.isAppendOnly && durability.appendFsync == "always",
                    good: "appendonly yes, appendfsync always",
                    "Set `appendonly yes` and `appendfsync always`: a 202 is answered when Redis has answered."),
                Finding(
                    "redis eviction", durability.evictionPolicy == "noeviction", good: "noeviction",
                    "Set `maxmemory-policy noeviction`."),
            ]
        } catch {
            return [Finding("redis", .fail, "Cannot be used (\(error)). Check REDIS_URL and that Redis runs.")]
        }
    }

    /// What the program reads and writes on this machine.
    static func folders(data: String?) -> [Finding] {
        guard let folders = try? ProjectFolders.locate() else {
            return [Finding("folders", .fail, "schema/ and pipelines/ were not found; set FOOTFALL_HOME.")]
        }
        let faults = PipelineCatalog.check(folder: folders.pipelines)
        let files = FileManager.default
        return [
            Finding("pipelines", faults.isEmpty, good: "valid", faults.map { "\($0)" }.joined(separator: "; ")),
            Finding(
                "user agents", files.fileExists(atPath: AgentClassifier.debianPath), good: "uap-core is there",
                else: .warn,
                "Install uap-core (apt) or set FOOTFALL_UAP_REGEXES; browsers and bots are not told apart without it."),
            DiskRoom(data: data ?? ".").finding, DescriptorLimit.finding,
        ]
    }
}

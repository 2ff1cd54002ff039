internal import ArgumentParser
internal import EventLog
internal import EventModel
internal import Logging
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Recorder
internal import Registry

struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "How long what is kept: rules, and what is past its time.",
        subcommands: [Plan.self, Apply.self, Rules.self, Set.self, Unset.self])

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what is past its time and would go, and what stays and why. Changes nothing.")
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            try await RetentionCommand.run(stores, json) { try await $0.plan() }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes away what is past its time, for good, and writes it into the log.")
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            try await RetentionCommand.run(stores, json) { try await $0.apply() }
        }
    }

    struct Rules: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the rules that operators have set; for all else the files in pipelines/ say it.")
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let lines = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let domains = try RetentionCommand.domains(connection)
                    return try RetentionRules.Override.all(on: connection).map { rule in
                        RetentionRuleLine(
                            shop: rule.shop.map { domains[$0] ?? "#\($0)" }, subject: "\(rule.subject)",
                            keep: "\(rule.days)d")
                    }
                }
            }
            if json { return try Terminal.print(json: lines) }
            Terminal.print(table: ["SHOP", "CLASS", "KEEP"], lines.map { [$0.shop ?? "all", $0.subject, $0.keep] })
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets a rule. A shop's goes before one of all shops, an event's before its source's.")
        @Option(help: "Only this shop; without it all shops.") var shop: String?
        @Option(name: .customLong("class"), help: "\(RetentionCommand.classes)") var subject: String
        @Option(help: "For how long: 400d or 5y.") var keep: String
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard let parsed = RetentionClass(subject) else {
                throw ValidationError("--class is \(RetentionCommand.classes).")
            }
            guard let days = RetentionCommand.days(keep), days >= parsed.daysMin else {
                throw ValidationError("--keep is a time of at least \(parsed.daysMin) days, such as 400d or 5y.")
            }
        }

        func run() async throws {
            let (shop, subject, days) = (shop, RetentionClass(subject), RetentionCommand.days(keep))
            guard let subject, let days else { return }
            try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let id = try shop.map { try PrivacyCommand.shop($0, on: connection) }
                    try RetentionRules.Override(shop: id, subject: subject, days: days).set(on: connection)
                }
            }
            Terminal.print("\(subject) of \(shop ?? "all shops"): \(days) days.")
            Terminal.print("What that means: footfall retention plan")
        }
    }

    struct Unset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a rule back.")
        @Option(help: "The rule of this shop; without it the one of all shops.") var shop: String?
        @Option(name: .customLong("class"), help: "As the rules are listed.") var subject: String
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let (shop, text) = (shop, subject)
            guard let subject = RetentionClass(text) else { throw CommandFailure("There is no class \(text).") }
            let isRemoved = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    let id = try shop.map { try PrivacyCommand.shop($0, on: connection) }
                    return try RetentionRules.Override.remove(subject, of: id, on: connection)
                }
            }
            guard isRemoved else { throw CommandFailure("There is no such rule.") }
        }
    }
}

extension RetentionCommand {
    fileprivate static let classes = """
        all, pixel, widget, webhook or system; one event as pixel:page_viewed or webhook:orders/create; leads, checkouts \
        or quarantine
        """

    /// `400d` or `5y`, a year as in the pipelines' files: 365.25 days; nil for anything else.
    static func days(_ text: String) -> Int? {
        guard let count = Int(text.dropLast()), (1...36_525).contains(count) else { return nil }
        let days = text.last == "d" ? count : text.last == "y" ? count * 1461 / 4 : 0
        return (1...36_525).contains(days) ? days : nil
    }

    static func domains(_ connection: PostgresConnection) throws -> [ShopID: String] {
        Dictionary(uniqueKeysWithValues: try ShopRegistry.list(on: connection).map { ($0.id, $0.domain) })
    }

    /// Lends a keeper, whose events go straight into the log, and shows what it reports.
    private static func run(
        _ stores: StoreOptions, _ json: Bool, _ body: (RetentionKeeper) async throws -> RetentionReport
    ) async throws {
        let lines = try await stores.withSettings { settings in
            let (postgres, vault) = (
                settings.postgres("retention", statementTimeoutMillis: 0),
                try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey)
            )
            let folders = try ProjectFolders.locate()
            let catalog = try PipelineCatalog.load(folder: folders.pipelines)
            let sink = DirectLog(settings.postgres("append"), logger: Logger(label: "footfall.append"))
            let recorder = EventRecorder(
                sink: sink, catalog: catalog, dictionaries: try Dictionaries.load(folders), keyring: SubjectKeyring(),
                clock: ShopifySide.nowMillis)
            let pool = PostgresPool(postgres, size: 1)
            let report: RetentionReport
            do {
                report = try await body(
                    RetentionKeeper(
                        RetentionSetup.configuration(
                            postgres, .off, catalog, pool: pool, recorder: recorder, vault: vault)))
            } catch let error as EventLogError {
                throw CommandFailure("\(error)")
            } catch let error as PostgresError {
                throw CommandFailure("Postgres: \(error.message)")
            }
            await pool.close()
            let names = try await settings.withPostgres { try RetentionCommand.domains($0) }
            return RetentionLines(report, names)
        }
        if json { return try Terminal.print(json: lines) }
        lines.show()
    }
}

internal import ArgumentParser
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// The services of the binary; any subset may run in a process.
enum Role: String, CaseIterable, ExpressibleByArgument {
    case gateway, drain, projector, api
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the roles against DATABASE_URL and REDIS_URL, until SIGINT or SIGTERM.")
    @Option(help: "Which roles, separated by commas: gateway, drain, projector, api.", transform: Self.roles)
    var roles: Set<Role> = Set(Role.allCases)
    @Option(help: "Port to listen on; instead of FOOTFALL_LISTEN's.") var port: Int?
    @OptionGroup var stores: StoreOptions

    func validate() throws { try Self.check(port: port) }

    func run() async throws {
        let folders = try ProjectFolders.locate()
        try await stores.withSettings { settings in
            var settings = settings
            if let port { settings.port = port }
            LogOutput.install(level: settings.logLevel, json: settings.logsJSON)
            let logger = Logger(label: "footfall")
            let server = try await Server(settings, folders, roles: roles)
            let services = try server.services { port in logger.info("listening", metadata: ["port": "\(port)"]) }
            try await ServiceGroup(configuration: .footfall(services + [StopDeadline(logger: logger)], logger)).run()
        }
    }

    /// Of `--port`, here and of `up`.
    static func check(port: Int?) throws {
        guard let port, UInt16(exactly: port) == nil else { return }
        throw ValidationError("\(port) is no port; ports are 0 to 65535, and 0 takes a free one.")
    }

    private static func roles(_ text: String) throws -> Set<Role> {
        let all = Role.allCases.map(\.rawValue).joined(separator: ", ")
        let roles = try text.split(separator: ",").map { name in
            guard let role = Role(rawValue: String(name)) else {
                throw ValidationError("\(name) is no role; roles are \(all).")
            }
            return role
        }
        guard !roles.isEmpty else { throw ValidationError("--roles names none; roles are \(all).") }
        return Set(roles)
    }
}

extension ServiceGroupConfiguration {
    /// Shutdown in reverse order, also where one service fails; what has not ended after `graceSeconds` is cancelled,
    /// since five are promised in all. Cancellation has no limit of its own here: over-running one is a trap, and private
    /// stores would be left running. `StopDeadline` bounds it.
    ///
    /// A service is named in log lines by its type alone: its value holds keys.
    static func footfall(
        _ services: [any Service], _ logger: Logger, signals: [UnixSignal] = [], graceSeconds: Int = 3
    ) -> ServiceGroupConfiguration {
        var configuration = ServiceGroupConfiguration(
            services: services.map(BookedService.init).map {
                ServiceConfiguration(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup, serviceName: $0.name)
            }, gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(graceSeconds)
        return configuration
    }
}

// footfall: the one binary. Commands parse their words here and in Commands/; everything is put together in Build/,
// the only place that makes clients and reads the environment (through Settings/).

internal import ArgumentParser
internal import Logging
internal import Redis

@main
struct Footfall: AsyncParsableCommand {
    /// Of this program, as receipts name it.
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(
        commandName: "footfall",
        abstract: "Event-sourced pixel analytics for Shopify apps and their merchants.",
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Run", subcommands: [Up.self, Serve.self, Migrate.self, Doctor.self]),
            CommandGroup(name: "Tenants", subcommands: [ShopCommand.self, ImportCommand.self, KeyCommand.self]),
            CommandGroup(
                name: "Data",
                subcommands: [
                    LogCommand.self, ProjectionsCommand.self, QuarantineCommand.self, PrivacyCommand.self,
                    RetentionCommand.self, BackupCommand.self, RestoreCommand.self,
                ]),
            CommandGroup(
                name: "Work",
                subcommands: [ReactorsCommand.self, PipelinesCommand.self, Simulate.self, BenchCommand.self]),
        ])

    static func main() async {
        Memory.configure()
        // A server that closes its socket must be an error of the call, not the end of the process.
        ignoreBrokenPipes()
        do {
            try checkHelp(CommandLine.arguments.dropFirst())
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            if let failure = Terminal.outputFailure { throw CommandFailure(failure) }
        } catch let failure as CommandFailure {
            LogOutput.tell(failure.message, level: .critical)
            Footfall.exit(withError: ExitCode(1))
        } catch {
            Footfall.exit(withError: Self.exitError(for: error))
        }
    }

    /// `help` shows the help of the last command that it finds; asked for one that is none, it has failed.
    private static func checkHelp(_ words: ArraySlice<String>) throws {
        guard words.first == "help" else { return }
        var commands = configuration.subcommands
        for word in words.dropFirst() where !word.hasPrefix("-") {
            guard let found = commands.first(where: { $0._commandName == word }) else {
                throw ValidationError("There is no command \(word); see `footfall help`.")
            }
            commands = found.configuration.subcommands
        }
    }

    /// Wrong usage leaves with 2, everything else that failed with 1 (contract: exit codes).
    private static func exitError(for error: any Error) -> any Error {
        let code = exitCode(for: error)
        guard code != .success else { return error }
        let text = fullMessage(for: error)
        if !text.isEmpty { LogOutput.tell(text, level: .critical) }
        return code == .validationFailure ? ExitCode(2) : ExitCode(1)
    }
}

internal import ArgumentParser
internal import EventLog
internal import EventModel
internal import Foundation
internal import Pipelines
internal import Registry

struct PipelinesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipelines", abstract: "The files under pipelines/, and the compression dictionary.",
        subcommands: [Check.self, Train.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Validates pipelines/*.yaml and the lists.")
        @Option(help: "The folder to check.") var folder: String?

        func run() async throws {
            let folder = try folder ?? ProjectFolders.locate().pipelines
            let faults = PipelineCatalog.check(folder: folder)
            for fault in faults { Terminal.error("\(fault)") }
            guard faults.isEmpty else { throw ExitCode(1) }
            Terminal.print("All pipelines are valid.")
        }
    }

    struct Train: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trains a new compression dictionary from the log's events; old versions stay readable.",
            discussion: """
                Writes schema/dictionaries/NNN.lz4dict with the next number; takes about a minute. New events use it after \
                a restart.
                """)
        @Option(help: "Events to learn from, the newest of every lane.") var samples = 8000
        @Option(help: "Bytes of the dictionary, at most 65536.") var size = 65_535
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard (1024...PayloadDictionaries.dictionaryBytesMax).contains(size), samples > 0 else {
                throw ValidationError("--size is 1024 to \(PayloadDictionaries.dictionaryBytesMax), --samples above 0.")
            }
        }

        func run() async throws {
            let folders = try ProjectFolders.locate()
            let known = try Dictionaries.load(folders)
            var trainer = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { connection in
                    var trainer = DictionaryTrainer()
                    let lanes = try ShopRegistry.lanes(on: connection)
                    let reader = LogReader(connection)
                    let opener = PayloadDecompressor(known)
                    for lane in lanes {
                        var page = EventPage()
                        let head = try reader.head(lane: lane)
                        _ = try reader.read(
                            lane: lane, after: max(0, head - Position(samples / lanes.count)), limit: samples,
                            into: &page)
                        try page.addPayloads(to: &trainer, opener)
                    }
                    return trainer
                }
            }
            let dictionary = trainer.train(bytes: size)
            guard !dictionary.isEmpty else { throw CommandFailure("The log holds too few events to learn from.") }
            let file = Dictionaries.file(version: known.newest + 1, folders)
            try Data(dictionary).write(to: URL(fileURLWithPath: file))
            Terminal.print("\(file): \(dictionary.count) bytes")
        }
    }
}

extension EventPage {
    fileprivate func addPayloads(to trainer: inout DictionaryTrainer, _ opener: PayloadDecompressor) throws {
        var payload: [UInt8] = []
        for event in events {
            try opener.open(bytes.span.extracting(event.payload), dictionary: event.header.dictionary, into: &payload)
            trainer.add(sample: payload)
        }
    }
}

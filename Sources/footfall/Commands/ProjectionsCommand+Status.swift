internal import ArgumentParser
internal import EventModel
internal import Pipelines
internal import Projector

extension ProjectionsCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Events that wait in each read model: how many, where the first of them are in the log, and why.")
        @Flag(help: "Print a JSON array.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let lists = try await stores.withSettings(needsSecrets: false) { settings in
                try await settings.withPostgres { try WaitingList.all(on: $0) }
            }
            if json { return try Terminal.print(json: lists.map(WaitingLine.init)) }
            Terminal.print(table: ["PROJECTION", "WAITING", "LANE:POSITION", "REASON"], lists.flatMap(Self.rows))
        }

        private static func rows(_ list: WaitingList) -> [[String]] {
            let events = list.first.map { ["\($0.lane):\($0.position)", $0.reason] }
            return (events.isEmpty ? [["", ""]] : events).map { [list.projection, "\(list.count)"] + $0 }
        }
    }
}

/// What waits in a read model, as lists print it.
private struct WaitingLine: Encodable {
    struct Event: Encodable {
        let at: String
        let lane: Int16
        let position: Int64
        let shop_id: Int32
        let reason: String
        let since: String
    }

    let projection: String
    let waiting: Int64
    let first: [Event]

    init(_ list: WaitingList) {
        projection = list.projection
        waiting = list.count
        first = list.first.map { event in
            Event(
                at: "\(event.lane):\(event.position)", lane: event.lane, position: event.position,
                shop_id: event.shop, reason: event.reason, since: Timestamp.text(event.since))
        }
    }
}

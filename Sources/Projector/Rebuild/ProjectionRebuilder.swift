package import EventModel
internal import FoundationEssentials
package import Postgres

/// Rebuilds read models from the log beside the live ones, compares, and switches.
///
/// Works beside running projectors of any process: they are held still only while a rebuilt copy takes in the last few
/// events and while schemas are renamed. One rebuild at a time.
package struct ProjectionRebuilder: Sendable {
    /// Why a rebuild did not end in a switch.
    package enum Failure: Error, Equatable, Sendable {
        case unknown(String)
        /// The rebuilt copy says something else; it stays as `NAME_next` to be looked at.
        case differs([ProjectionComparison])
        case nothingToRollBackTo(String)
    }

    private let database: PostgresConfiguration
    private let lanes: [Lane]
    private let schemaFolder: String
    private let configuration: @Sendable () throws -> ProjectorConfiguration

    /// Contacts nobody yet. `configuration` says how events are read, with this database, these lanes and this folder of
    /// `NAME.sql`; it is asked while tables are made, and only where events are read.
    package init(
        database: PostgresConfiguration, lanes: [Lane], schemaFolder: String,
        configuration: @escaping @Sendable () throws -> ProjectorConfiguration
    ) {
        self.database = database
        self.lanes = lanes
        self.schemaFolder = schemaFolder
        self.configuration = configuration
    }

    /// Contacts nobody yet.
    package init(_ configuration: ProjectorConfiguration) {
        // Here sequential scans and hash joins are right.
        var database = configuration.database
        for name in ProjectorConfiguration.plansAvoided { database.settings[name] = nil }
        self.init(database: database, lanes: configuration.lanes, schemaFolder: configuration.schemaFolder) {
            configuration
        }
    }

    /// Rebuilds the named read models in one pass over the log, lanes in parallel, compares them with the live ones at
    /// equal positions, and switches to them. `acceptsDifferences` switches also where they differ, as they must after a
    /// change of definitions. `progress` is told events as they are projected, from any thread.
    @discardableResult
    package func rebuild(
        _ names: [String], acceptsDifferences: Bool = false, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> [ProjectionComparison] {
        try await withCopies(of: names, progress) { desk, fills in
            let comparisons = try await compare(names, desk, fills, progress, isKept: true)
            guard acceptsDifferences || comparisons.allSatisfy(\.isEqual) else { throw Failure.differs(comparisons) }
            try await desk.hold()
            try await advance(fills, to: desk.positions(of: names, lanes: lanes), progress)
            try await desk.switchOver(names, detail: Self.detail(comparisons))
            try await desk.release()
            return comparisons
        }
    }

    /// Rebuilds beside the live copies and compares, without a switch; nothing stays.
    package func verify(
        _ names: [String] = ProjectionSchemas.names, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> [ProjectionComparison] {
        try await withCopies(of: names, progress) { desk, fills in
            let comparisons = try await compare(names, desk, fills, progress, isKept: false)
            for fill in fills { await fill.end() }
            try await desk.drop(names)
            return comparisons
        }
    }

    /// Puts the copy before the last switch back; the projectors bring it up to the log.
    package func rollback(_ name: String) async throws {
        try Self.check([name])
        try await withDesk { desk in
            try await desk.hold()
            try await desk.rollBack(name)
        }
    }

    /// Positions and lag of all read models and lanes.
    package func list() async throws -> [ProjectionStatus] {
        try await withDesk { try await $0.list(lanes: lanes.sorted()) }
    }

    /// The lanes whose first events retention has dropped, with the first position that is kept. A rebuild begins there:
    /// what the live read models know from before is lost by a switch.
    package func beginnings() async throws -> [Lane: Position] {
        try await withDesk { try await $0.beginnings() }
    }

    private func withDesk<R: Sendable>(_ body: (ProjectionDesk) async throws -> R) async throws -> R {
        let desk = ProjectionDesk(patient, folder: schemaFolder)
        do {
            let result = try await body(desk)
            await desk.close()
            return result
        } catch {
            await desk.close()
            throw error
        }
    }

    private static func check(_ names: [String]) throws {
        for name in names where !ProjectionSchemas.names.contains(name) { throw Failure.unknown(name) }
    }

    /// Whole tables are read and sorted; no limit but the one who started it.
    private var patient: PostgresConfiguration {
        var database = database
        database.statementTimeoutMillis = 0
        return database
    }

    /// Fills copies up to where the live ones are and lends them. Closing the desk frees its lock in any case.
    private func withCopies<R: Sendable>(
        of names: [String], _ progress: @escaping @Sendable (Int) -> Void,
        _ body: (ProjectionDesk, [LaneFill]) async throws -> R
    ) async throws -> R {
        try Self.check(names)
        var fills: [LaneFill] = []
        do {
            return try await withDesk { desk in
                let positions = try await desk.positions(of: names, lanes: lanes)
                let beginnings = try await desk.beginnings()
                async let tables: Void = desk.prepare(names, lanes: lanes)
                fills = try makeFills(names, positions, beginnings)
                try await advance(fills, to: positions, progress) { try await desk.prepare(names, lanes: lanes) }
                try await tables
                let result = try await body(desk, fills)
                for fill in fills { await fill.end() }
                return result
            }
        } catch {
            for fill in fills { await fill.end() }
            throw error
        }
    }

    /// Each lane gets cores by its part of all events: opening them takes most of the time.
    private func makeFills(
        _ names: [String], _ positions: [Lane: Position], _ beginnings: [Lane: Position]
    ) throws -> [LaneFill] {
        let filling = try configuration()
        let dropped = beginnings.mapValues { $0 - 1 }
        let counts = positions.mapValues { Double($0) }.merging(dropped.mapValues { -Double($0) }, uniquingKeysWith: +)
        let all = max(1, counts.values.reduce(0, +))
        return lanes.map { lane in
            LaneFill(
                lane: lane, names: names, suffix: "_next",
                cores: Double(ProcessInfo.processInfo.activeProcessorCount) * (counts[lane] ?? 0) / all,
                dropped: dropped[lane] ?? 0, filling)
        }
    }

    private func advance(
        _ fills: [LaneFill], to positions: [Lane: Position], _ progress: @escaping @Sendable (Int) -> Void,
        tables: @escaping @Sendable () async throws -> Void = {}
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for fill in fills {
                group.addTask { try await fill.advance(to: positions[fill.lane] ?? 0, progress, tables: tables) }
            }
            try await group.waitForAll()
        }
    }

    /// Brings the copies to the live ones' positions while those stand still, and compares in that snapshot; those that
    /// are kept get what readers need beside.
    private func compare(
        _ names: [String], _ desk: ProjectionDesk, _ fills: [LaneFill], _ progress: @escaping @Sendable (Int) -> Void,
        isKept: Bool
    ) async throws -> [ProjectionComparison] {
        // Most of what came meanwhile is taken in before anybody has to wait.
        try await advance(fills, to: desk.positions(of: names, lanes: lanes), progress)
        let comparison = CopyComparison(patient)
        do {
            try await desk.hold()
            try await advance(fills, to: desk.positions(of: names, lanes: lanes), progress)
            try await comparison.takeSnapshot()
            try await desk.release()
            async let rest: Void = isKept ? desk.complete(names) : ()
            let comparisons = try await comparison.compare(names, suffix: "_next")
            try await rest
            await comparison.close()
            return comparisons
        } catch {
            await comparison.close()
            throw error
        }
    }

    private static func detail(_ comparisons: [ProjectionComparison]) -> String {
        let tables = comparisons.flatMap(\.tables).map {
            "\"\($0.name)\":{\"before\":\($0.liveRows),\"after\":\($0.rebuiltRows),\"equal\":\($0.isEqual)}"
        }
        return "{\(tables.joined(separator: ","))}"
    }
}

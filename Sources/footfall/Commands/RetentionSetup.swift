internal import DataSubjects
internal import EventLog
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Projector
internal import ReadModels
internal import Recorder
internal import Registry

/// Puts retention together, for the drain's role and for the command.
enum RetentionSetup {
    /// What retention needs; `pool` is for short statements, and its user and `postgres`'s may drop and delete.
    static func configuration(
        _ postgres: PostgresConfiguration, _ mode: RetentionConfiguration.Mode, _ catalog: PipelineCatalog,
        pool: PostgresPool, recorder: EventRecorder, vault: Vault
    ) -> RetentionConfiguration {
        let shop: @Sendable (ShopID) async throws -> RecordedShop? = { id in
            try await pool.run { connection in
                guard let found = try ShopRegistry.find(id: id, on: connection), found.status != .redacted else {
                    return nil
                }
                return try RecordedShop(found, vault: vault)
            }
        }
        let aged = AgedSubjects(pool: pool, recorder: recorder, shop: shop)
        return RetentionConfiguration(
            postgres: postgres, mode: mode, sources: sources(catalog), projected: positions,
            tell: { result in
                // What was taken from a redacted shop is nobody's any more.
                guard let shop = try await shop(result.shop) else { return }
                let event = OwnEvent.system(
                    .retentionApplied, payload: result.payload, occurredAt: result.begunAt, identity: result.identity)
                guard try await recorder.record([event], for: shop) == [.recorded] else {
                    throw CommandFailure("The log refused the event that tells of retention.")
                }
            },
            age: { rules, now, run in
                if run != nil { _ = try await pool.run { try DroppedMentions.sweep(on: $0) } }
                return try await aged.age(rules, at: now, run: run)
            })
    }

    /// What the pipelines' files say.
    static func sources(_ catalog: PipelineCatalog) -> [EventSource: RetentionRules.Source] {
        let pipelines: [(EventSource, SourcePipeline)] = [
            (.pixel, catalog.pixel), (.widget, catalog.widget), (.webhook, catalog.webhook),
        ]
        return Dictionary(
            uniqueKeysWithValues: pipelines.map { source, pipeline in
                let seconds = pipeline.definitions.map { ($0.name, $0.retentionSeconds) }
                return (
                    source,
                    RetentionRules.Source(
                        seconds: Dictionary(seconds) { _, last in last },
                        othersSeconds: pipeline.unknown.retentionSeconds)
                )
            })
    }

    /// Up to where every reader of the log has taken it in: all read models, and the reactors.
    static let positions: @Sendable (PostgresConnection) throws -> [Lane: Position] = { connection in
        var reactors: [Lane: Position] = [:]
        for row in try connection.query("select lane, position from reactor.checkpoint") {
            reactors[row.int16(0)] = row.int64(1)
        }
        return try ProjectedPositions.all(on: connection).reduce(into: [:]) { least, projected in
            if let reacted = reactors[projected.key] { least[projected.key] = min(projected.value, reacted) }
        }
    }
}

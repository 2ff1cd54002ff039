internal import EventModel
internal import Postgres
internal import ReadModels

/// One read model of one lane with what its current batch changes. Erases the type of the changes, so that a lane holds
/// its read models in one list.
protocol ProjectionRunning: AnyObject {
    var name: String { get }
    var schema: String { get }
    /// How far the read model is, and in which table that is written.
    var checkpoint: Checkpoint { get set }
    /// Visitors whose events wait because one of theirs could not be read.
    var waiting: WaitingVisitors { get set }

    func fold(_ batch: FactBatch, on connection: PostgresConnection, recall: LogRecall) throws
    func write(version: Position, on connection: PostgresConnection) throws
    /// In the transaction, after `write`; gives the number of rows.
    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64
    func confirm()
    func reset()
}

/// A read model's place in its lane.
struct Checkpoint: Equatable {
    var position: Position
    /// Number of the table: a rebuilt read model has another one.
    var table: Int64
}

final class ProjectionRunner<Model: Projection>: ProjectionRunning {
    let name = Model.name
    let schema: String
    var checkpoint = Checkpoint(position: 0, table: 0)
    var waiting = WaitingVisitors()
    private var model: Model
    private var changes: Model.Changes?
    /// Rows changed beside what the model keeps in memory.
    private var isRedacted = false

    init(lane: Lane, schema: String) {
        self.schema = schema
        self.model = Model(lane: lane, schema: schema)
    }

    func fold(_ batch: FactBatch, on connection: PostgresConnection, recall: LogRecall) throws {
        let passing = Model.waits ? waiting.passing(batch) : batch
        changes = try model.fold(passing, on: connection, recall: recall)
    }

    func write(version: Position, on connection: PostgresConnection) throws {
        guard let changes else { return }
        try model.write(changes, version: version, on: connection)
    }

    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64 {
        isRedacted = true
        return try model.redact(tombstone, version: version, on: connection)
    }

    func confirm() {
        if let changes { model.confirm(changes) }
        changes = nil
        if isRedacted { model.confirmRedaction() }
        isRedacted = false
    }

    func reset() {
        changes = nil
        isRedacted = false
        model.reset()
    }
}

/// The read models there are, in the order in which they are written.
enum ProjectionList {
    /// Names of all.
    static var names: [String] {
        [
            SessionsProjection.name, PagesProjection.name, ShopsProjection.name, LeadsProjection.name,
            OrdersProjection.name, ProductsProjection.name, CustomersProjection.name, CartsProjection.name,
            SubjectsProjection.name,
        ]
    }

    /// Runners of the named read models, with tables in `schema(name)`.
    static func runners(_ names: [String], lane: Lane, schema: (String) -> String) -> [any ProjectionRunning] {
        names.compactMap { name in
            switch name {
            case SessionsProjection.name: ProjectionRunner<SessionsProjection>(lane: lane, schema: schema(name))
            case PagesProjection.name: ProjectionRunner<PagesProjection>(lane: lane, schema: schema(name))
            case ShopsProjection.name: ProjectionRunner<ShopsProjection>(lane: lane, schema: schema(name))
            case LeadsProjection.name: ProjectionRunner<LeadsProjection>(lane: lane, schema: schema(name))
            case OrdersProjection.name: ProjectionRunner<OrdersProjection>(lane: lane, schema: schema(name))
            case ProductsProjection.name: ProjectionRunner<ProductsProjection>(lane: lane, schema: schema(name))
            case CustomersProjection.name: ProjectionRunner<CustomersProjection>(lane: lane, schema: schema(name))
            case CartsProjection.name: ProjectionRunner<CartsProjection>(lane: lane, schema: schema(name))
            case SubjectsProjection.name: ProjectionRunner<SubjectsProjection>(lane: lane, schema: schema(name))
            default: nil
            }
        }
    }
}

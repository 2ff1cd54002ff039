internal import EventModel
internal import Postgres
package import Reactors

/// Imports that are begun again: a scope that was missing may have come.
extension HistoryImporter {
    /// The import of one resource, for an operator's wish as well.
    package static func task(_ resource: HistoryResource, occasion: String, isRepair: Bool = false) -> NewTask {
        var state = ImportTask(resource: resource)
        if isRepair { state.isRepair = true }
        return NewTask(reactor: "import", key: "import:\(occasion):\(resource.rawValue)", encoding: state)
    }

    /// False for a repair of what is whole, or under way by another task. A try after the first may have begun it.
    func isNeeded(_ state: ImportTask, _ task: ReactorTask) async throws -> Bool {
        guard state.isRepair == true, state.operation == nil, task.attempt == 1 else { return true }
        let shop = task.shop
        let all = try await shops.pool.run { try ImportTable.list(shop: shop, on: $0) }
        let last = all.first { $0.resource == state.resource }
        return last == nil || last?.state == .failed
    }
}

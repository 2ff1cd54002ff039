/// Bulk operations of a shop.
extension ShopState {
    mutating func runBulk(_ arguments: WireValue, _ context: inout AdminContext) -> MutationPayload {
        let text = arguments["query"].text ?? ""
        guard let document = try? GraphQLDocument(text: text), let operation = document.operations.first else {
            // What exactly is wrong with the text is told by the checks of the log.
            context.problems += GraphQLSchema().validate(text: text).map { "bulk query: \($0)" }
            return .refused(["query"], "Invalid bulk query: it could not be parsed.", "INVALID")
        }
        let problems = context.schema?.validate(document) ?? []
        context.problems += problems.map { "bulk query: \($0)" }
        if let problem = problems.first {
            return .refused(["query"], "Invalid bulk query: \(problem.message)", "INVALID")
        }
        if let refusal = BulkQueryRules(document, operation, context.schema).refusal {
            return .refused(["query"], refusal, "INVALID")
        }
        let running = bulkRuns.filter { !$0.isOver }
        guard running.count < context.bulkRunsMax else {
            let ids = running.map(\.id).joined(separator: ", ")
            return .refused(
                nil, "A bulk query operation for this app and shop is already in progress: \(ids).",
                "OPERATION_IN_PROGRESS")
        }
        return start(text, document, operation, arguments, &context)
    }

    private mutating func start(
        _ text: String, _ document: GraphQLDocument, _ operation: GraphQLDocument.Operation, _ arguments: WireValue,
        _ context: inout AdminContext
    ) -> MutationPayload {
        let walker = GraphWalker(document: document, variables: .object([]), schema: context.schema)
        guard let field = walker.fields(operation.selections, on: nil).first else {
            return .refused(["query"], "Bulk queries must contain at least one connection.", "INVALID")
        }
        var plan = bulkPlans.isEmpty ? BulkPlan() : bulkPlans.removeFirst()
        if arguments["groupObjects"] == .bool(true) { plan.lineOrder = .parentsFirst }
        if !Self.missingScopes(context.scopes, for: field.name).isEmpty {
            plan.ending = .fails(code: "ACCESS_DENIED", partialLines: 0)
        }
        let inner = walker.arguments(of: field)
        guard var roots = pages(field.name, inner, &context) else {
            context.problems.append("the stand-in has no connection \(field.name) for bulk queries")
            return .refused(["query"], "The stand-in has no \(field.name).", "INVALID")
        }
        let stored = field.name == "orders" ? plan.storedOrders : nil
        if let count = stored?.orders ?? plan.generatedOrders, field.name == "orders" {
            var size = catalogue.size
            size.orders = count
            let catalogue = ShopCatalogue(shop: domain, size: size)
            roots = GraphPages(count: count) { OrderNode(order: catalogue.order($0)) }
        }
        var partial: Int?
        if case .fails(_, let lines) = plan.ending { partial = lines }
        let number = nextID()
        let run = BulkRun(
            id: GlobalID.text("BulkOperation", number), query: text, plan: plan,
            file: BulkFile(
                roots: roots, document: document, selections: BulkFileReader.nodeSelections(field, walker),
                schema: context.schema, order: plan.lineOrder, linesMax: partial, stored: stored),
            createdAt: context.now, url: "\(context.baseURL)/\(domain)/files/bulk-\(number).jsonl?signature=made-up")
        bulkRuns.append(run)
        return MutationPayload(things: ["bulkOperation": .node(BulkNode(run: run))])
    }

    mutating func pollBulk(_ id: String?, _ context: AdminContext) -> BulkNode? {
        guard let index = bulkRuns.firstIndex(where: { $0.id == id }) else { return nil }
        bulkRuns[index].poll(now: context.now)
        return BulkNode(run: bulkRuns[index])
    }

    mutating func cancelBulk(_ arguments: WireValue, _ context: AdminContext) -> MutationPayload {
        guard let index = bulkRuns.firstIndex(where: { $0.id == arguments["id"].text }) else {
            return .refused(["id"], "Bulk operation does not exist")
        }
        if bulkRuns[index].isOver { return .refused(nil, "A bulk operation cannot be canceled when it is completed") }
        bulkRuns[index].plan.ending = .cancels
        bulkRuns[index].status = "CANCELING"
        return MutationPayload(things: ["bulkOperation": .node(BulkNode(run: bulkRuns[index]))])
    }
}

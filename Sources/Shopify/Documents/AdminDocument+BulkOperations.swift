/// Starting and watching bulk operations; five may run at once for an app and a shop (2026-01 and later).
extension AdminDocument {
    private static let operation = """
        id status type errorCode createdAt completedAt objectCount rootObjectCount fileSize url partialDataUrl
        """

    /// Starts one; variable `query`, the text of a bulk document.
    package static let bulkOperationRun = AdminDocument(
        name: "BulkOperationRun",
        text: """
            mutation BulkOperationRun($query: String!) {
              bulkOperationRunQuery(query: $query, groupObjects: false) {
                bulkOperation { \(operation) }
                userErrors { field message code }
              }
            }
            """)

    /// How far it is; variable `id`.
    package static let bulkOperation = AdminDocument(
        name: "BulkOperation", text: "query BulkOperation($id: ID!) { bulkOperation(id: $id) { \(operation) } }")

    /// The newest ones with their queries: to find one whose start was not answered.
    package static let bulkOperations = AdminDocument(
        name: "BulkOperations",
        text: """
            query BulkOperations {
              bulkOperations(first: 20, sortKey: CREATED_AT, reverse: true) { nodes { \(operation) query } }
            }
            """)

    /// Ends one; variable `id`.
    package static let bulkOperationCancel = AdminDocument(
        name: "BulkOperationCancel",
        text: """
            mutation BulkOperationCancel($id: ID!) {
              bulkOperationCancel(id: $id) { bulkOperation { \(operation) } userErrors { field message } }
            }
            """)
}

import Postgres
import Projector
import ReadModels
import Testing

/// The declared lineage and the schemas say the same.
@Suite struct LineageTests {
    @Test func everyColumnIsDeclared() async throws {
        try await CommerceLog.with { log in
            let rows = try log.connection.query(
                """
                select table_schema || '.' || table_name, column_name::text, data_type::text
                from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
                where table_schema = any($1) and table_type = 'BASE TABLE'
                """, [.textArray(ProjectionSchemas.names)])
            let stored = Set(rows.map { "\($0.text(0)).\($0.text(1))" })
            let declared = Lineage.columns.map { "\($0.table).\($0.name)" }
            #expect(stored.subtracting(declared).sorted() == [], "a column without lineage")
            #expect(Set(declared).subtracting(stored).sorted() == [], "lineage without a column")
            #expect(declared.count == Set(declared).count)
            // Keyed hashes are of type uuid; whatever else is one is said to hold none.
            let hashes = Set(rows.filter { $0.text(2) == "uuid" }.map { "\($0.text(0)).\($0.text(1))" })
            let handles = Set(Lineage.handleColumns.map { "\($0.table).\($0.name)" })
            #expect(handles.isSubset(of: hashes))
            let others = hashes.subtracting(handles).filter { !$0.hasSuffix(".newest_content") }
            #expect(others.sorted() == ["carts.cart.id", "leads.lead.id"])
            #expect(Lineage.handleColumns.allSatisfy { $0.treatment != .none })
        }
    }

    @Test func everyTableOfAShopHasItsColumn() {
        let tables = Dictionary(grouping: Lineage.columns, by: \.table)
        for (name, columns) in tables where !name.hasSuffix(".checkpoint") {
            #expect(columns.contains { $0.name == "shop_id" }, "rows of \(name) could outlive their shop")
        }
    }
}

import EventModel
import ReadModels
import Testing

/// What the syntax takes, and where it says no.
@Suite struct SearchParserTests {
    @Test(arguments: ["", "  ", "\t\n"]) func nothingAskedForIsNothing(_ text: String) throws {
        let query = try SearchQuery(text)
        #expect(query.tree == nil)
        #expect(try query.sql(.products, SearchVectorTests.context, firstPlaceholder: 1).condition == "true")
    }

    /// Each is forgiven by Shopify; the number is where the culprit stands.
    @Test(arguments: [
        ("(x", 2), ("x)", 1), ("()", 1), ("x OR", 4), ("OR x", 0), ("x AND AND y", 6), ("NOT", 3), ("- x", 0),
        ("--x", 0), ("tag:", 4), ("tag: )", 5), ("tag:(x", 4), ("tag:(\"x\"", 4), (":x", 0), ("'x':y", 0),
        ("tag:'x", 4), ("\"x", 0), ("tag:'x'y", 7), ("*foo", 0), ("f*o", 0), ("price:>*", 0), ("foo(bar)", 3),
        ("a\"b\"", 1), ("tag:OR x", 4), ("x\\", 1), ("tag:'a','b'", 7), ("url:https://x", 10), ("a:b:", 4),
        ("\"\"", 0), ("tag:''", 4), ("x \" \" y", 2),
    ]) func brokenSyntaxIsAProblemWithItsPlace(_ text: String, _ position: Int) {
        let problem = #expect(throws: SearchProblem.self) { try SearchQuery(text) }
        #expect(problem?.code == .syntax)
        #expect(problem?.position == position, "\(text)")
    }

    @Test(arguments: [
        ("a b OR c", SearchNode.or([.and([.bare("a"), .bare("b", 2)]), .bare("c", 7)]), true),
        ("a AND (b OR c)", .and([.bare("a"), .or([.bare("b", 7), .bare("c", 12)])]), false),
        ("a OR b -c", .and([.or([.bare("a"), .bare("b", 5)]), .not(.bare("c", 8))]), true),
        ("a OR -b", .or([.bare("a"), .not(.bare("b", 6))]), false),
        ("-a -b", .and([.not(.bare("a", 1)), .not(.bare("b", 4))]), false),
        ("-(a OR b)", .not(.or([.bare("a", 2), .bare("b", 7)])), false),
        ("O'Neill\\:x \\(y\\)", .and([.bare("O'Neill:x"), .bare("(y)", 11)]), false),
        ("NOT NOT a", .not(.not(.bare("a", 8))), false),
        ("\\OR", .bare("OR"), false),
    ]) func connectives(_ text: String, _ tree: SearchNode, _ isAmbiguous: Bool) throws {
        let query = try SearchQuery(text)
        #expect(query.tree == tree)
        #expect(query.warnings.contains { $0.code == .ambiguousPrecedence } == isAmbiguous)
    }

    @Test func lowerCaseConnectivesAreWordsAndSaidSo() throws {
        let query = try SearchQuery("blue or red")
        #expect(query.tree == .and([.bare("blue"), .bare("or", 5), .bare("red", 8)]))
        #expect(query.warnings.map(\.code) == [.lowerCaseConnective])
    }

    @Test func tooMuchIsRefused() {
        let texts = [
            String(repeating: "x", count: SearchLimits.scalarsMax + 1),
            String(repeating: "(", count: SearchLimits.depthMax + 1) + "x",
            String(repeating: "NOT ", count: SearchLimits.depthMax + 1) + "x",
            String(repeating: "x ", count: SearchLimits.termsMax + 1),
        ]
        for text in texts {
            let problem = #expect(throws: SearchProblem.self) { try SearchQuery(text) }
            #expect(problem?.code == .tooLarge)
        }
    }

    @Test(arguments: [
        ("nonsense:1", SearchProblem.Code.invalidField), ("metafields.custom.x:1", .unsupportedField),
        ("gift_card:true", .unsupportedField), ("status:nonsense", .invalidValue),
        ("inventory_total:few", .invalidValue),
        ("price:1.2.3", .invalidValue), ("price:..5", .invalidValue), ("created_at:yesterday", .invalidValue),
        ("created_at:2024-02-30", .invalidValue), ("vendor:>x", .invalidValue), ("id:12*", .invalidValue),
        ("is_price_reduced:perhaps", .invalidValue), ("vendor:a,,b", .invalidValue), ("title:'!!'", .invalidValue),
        ("id:+5", .invalidValue), ("'!!'", .invalidValue), ("inventory_total:99999999999999999999", .invalidValue),
    ]) func whatCannotBeAnsweredIsNamed(_ text: String, _ code: SearchProblem.Code) throws {
        let query = try SearchQuery("title:x " + text)
        let problem = #expect(throws: SearchProblem.self) {
            try query.sql(.products, SearchVectorTests.context, firstPlaceholder: 1)
        }
        #expect(problem?.code == code)
        #expect(problem?.position == 8)
    }

    /// No payload says them, so nothing could match.
    @Test(arguments: ["scheduled", "on_hold", "request_declined"])
    func statesThatNoPayloadTellsApartAreRefused(_ state: String) throws {
        let query = try SearchQuery("fulfillment_status:" + state)
        let problem = #expect(throws: SearchProblem.self) {
            try query.sql(.orders, SearchVectorTests.context, firstPlaceholder: 1)
        }
        #expect(problem?.code == .invalidValue)
        #expect(problem?.allowed == ["fulfilled", "partial", "shipped", "unfulfilled", "unshipped"])
    }

    @Test func valuesAreBoundAndNumbered() throws {
        let sql = try SearchQuery("vendor:\"x'); drop table product; --\" price:>5").sql(
            .products, SearchVectorTests.context, firstPlaceholder: 7)
        #expect(!sql.condition.contains("drop"))
        #expect(sql.condition.contains("$7") && sql.condition.contains("$8") && !sql.condition.contains("$9"))
        #expect(sql.parameters.count == 2)
    }

    @Test func namedFieldsOnly() throws {
        let problem = #expect(throws: SearchProblem.self) {
            try SearchQuery("foo").sql(.transactions, SearchVectorTests.context, firstPlaceholder: 1)
        }
        #expect(problem?.code == .missingNamedField)
    }

    @Test func personalValuesAreHashesOfTheWhole() throws {
        let sql = try SearchQuery("email:Bo@Example.com").sql(
            .customers, SearchVectorTests.withHandles, firstPlaceholder: 1)
        #expect(sql.condition == "r.email = $1")
        #expect(sql.warnings.map(\.code) == [.wholeValueOnly])
        for text in ["email:example.com", "email:bo*", "phone:abc", "id:>5", "first_name:Bo"] {
            #expect(throws: SearchProblem.self) {
                try SearchQuery(text).sql(.customers, SearchVectorTests.withHandles, firstPlaceholder: 1)
            }
        }
    }
}

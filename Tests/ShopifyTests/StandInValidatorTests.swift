import ShopifyStandIn
import TestSupport
import Testing

/// The checks that the stand-in makes on every request, with the words and codes that Shopify was recorded to answer.
@Suite struct StandInValidatorTests {
    static let schema = StandInFixtures.schema

    private func problems(_ text: String, _ variables: WireValue? = nil) throws -> [GraphQLProblem] {
        try Self.schema.get().validate(text: text, variables: variables)
    }

    @Test(arguments: [
        "{ shop { id name __typename } }",
        "query ($id: ID!) { bulkOperation(id: $id) { id status url partialDataUrl errorCode objectCount fileSize } }",
        "mutation ($p: WebPixelInput!) { webPixelCreate(webPixel: $p) { webPixel { id settings } userErrors { code } } }",
        #"mutation { webPixelCreate(webPixel: { settings: "{}" }) { webPixel { id } } }"#,
        "{ orders(first: 10, sortKey: UPDATED_AT) { edges { cursor node { ...o } } } } fragment o on Order { id name }",
        "{ node(id: 1) { id ... on Order { name } __typename } }",
        """
        mutation ($draft: DraftOrderInput!) {
          draftOrderCreate(input: $draft) { draftOrder { id name invoiceUrl } userErrors { field message } }
        }
        """,
        "query ($n: Int = 5) { orders(first: $n) { edges { node { id } } } }",
    ])
    func goodDocuments(text: String) throws { #expect(try problems(text) == []) }

    @Test(arguments: [
        ("{ shop { id nonsense } }", "undefinedField"),
        ("{ shop }", "selectionMismatch"),
        ("{ shop { id { x } } }", "selectionMismatch"),
        ("{ bulkOperation { id } }", "missingRequiredArguments"),
        ("{ shop(x: 1) { id } }", "argumentNotAccepted"),
        ("{ orders(first: 10, sortKey: NOTHING) { edges { node { id } } } }", "argumentLiteralsIncompatible"),
        (#"{ orders(first: "10") { edges { node { id } } } }"#, "argumentLiteralsIncompatible"),
        ("mutation { webPixelCreate(webPixel: {}) { webPixel { id } } }", "missingRequiredInputObjectAttribute"),
        ("mutation { webPixelCreate(webPixel: { settings: 1, x: 2 }) { webPixel { id } } }", "argumentNotAccepted"),
        ("query ($id: String!) { bulkOperation(id: $id) { id } }", "variableMismatch"),
        ("query ($id: ID) { bulkOperation(id: $id) { id } }", "variableMismatch"),
        ("{ bulkOperation(id: $id) { id } }", "variableNotDefined"),
        ("query ($id: ID!) { shop { id } }", "variableNotUsed"),
        ("query ($s: Shop) { shop(x: $s) { id } }", "variableRequiresValidType"),
        ("{ shop { ...missing } }", "useAndDefineFragment"),
        ("{ shop { ... on Order { id } } }", "cannotSpreadFragment"),
        ("{ shop { ... on Nonsense { id } } }", "undefinedType"),
        ("{ shop { id: name id } }", "fieldConflict"),
        ("{ shop { id }", "syntaxError"),
        ("{ shop { ...a } } fragment a on Shop { ...a }", "infiniteLoop"),
    ])
    func badDocuments(text: String, code: String) throws {
        let found = try problems(text)
        #expect(found.map(\.code).contains(code), "\(found)")
    }

    @Test func variablesAreCheckedAsSent() throws {
        let text = "mutation ($p: WebPixelInput!) { webPixelCreate(webPixel: $p) { webPixel { id } } }"
        #expect(try problems(text, ["p": ["settings": ["accountID": "1"]]]) == [])
        let missing = try #require(problems(text, ["p": [:]]).first)
        #expect(missing.code == "INVALID_VARIABLE")
        #expect(
            missing.message == "Variable $p of type WebPixelInput! was provided invalid value for settings "
                + "(Expected value to not be null)")
        #expect(try problems(text, ["p": ["settings": "{}", "x": 1]]).map(\.code) == ["INVALID_VARIABLE"])
        #expect(try problems(text, [:]).map(\.code) == ["INVALID_VARIABLE"])
    }

    /// The recorded answers to a field that does not exist and to a null where none may be.
    @Test(arguments: ["webpixel-status-undefined", "draft-order-create-inline-null-input"])
    func recordedRefusals(id: String) throws {
        let recorded = try #require(try StandInFixtures.recorded("admin_graphql").first { $0["id"] == .string(id) })
        let document = try GraphQLDocument(text: recorded["request"]["query"].text ?? "")
        let errors = try Self.schema.get().validate(document).map(\.wireValue)
        // The recorded text of one of them lost a line after it was sent, so places are not compared.
        for (found, wanted) in zip(errors, recorded["response"]["errors"].elements) {
            #expect(found.setting("locations", nil) == wanted.setting("locations", nil))
        }
        #expect(errors.count == recorded["response"]["errors"].elements.count)
    }
}

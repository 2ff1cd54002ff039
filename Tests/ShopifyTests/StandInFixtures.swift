import Foundation
import ShopifyStandIn
import TestSupport

/// Files that the stand-in's tests read.
enum StandInFixtures {
    /// The part of the Admin schema that our documents need.
    static func schemaText() throws -> String {
        try String(contentsOfFile: PackageFolder.path("Tests/Fixtures/admin-2026-07-subset.graphql"), encoding: .utf8)
    }

    /// The same, read once.
    static let schema = Result { try GraphQLSchema(sdl: schemaText()) }

    /// The cases of a recorded file, as they go over the wire.
    static func recorded(_ name: String) throws -> [WireValue] {
        try WireValue(json: Array(Vectors.load(name)))["cases"].elements
    }
}

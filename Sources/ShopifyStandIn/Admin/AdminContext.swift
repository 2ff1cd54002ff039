/// What root fields are answered with, beside the shop's own state.
struct AdminContext {
    var now: Int64
    var version: String
    var scopes: [String]
    var isPixelReleased: Bool
    var pixelSettings: Set<String>?
    var bulkRunsMax: Int
    var clientID: String
    var schema: GraphQLSchema?
    /// The stand-in's own address, for files.
    var baseURL: String
    /// Problems that come to light while answering.
    var problems: [String] = []
}

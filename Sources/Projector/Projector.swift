// Projector: the log in, read models out. One lane is followed by one projector at a time; a batch is read, opened and
// turned into facts by `LaneReader` while `LaneProjector` folds and writes the batch before. What a batch changes and how
// far the read model then is are one transaction.

package import EventModel
package import Postgres
package import ReadModels

/// What a projector needs to know.
package struct ProjectorConfiguration: Sendable {
    /// The primary database.
    package var database: PostgresConfiguration
    /// Lanes to follow.
    package var lanes: [Lane]
    /// Dictionaries of the payloads.
    package var dictionaries: PayloadDictionaries
    /// What pipelines and lists say of events.
    package var rules: FactRules
    /// Folder of `NAME.sql` a read model.
    package var schemaFolder: String

    /// All is key look-ups over tables whose statistics lag behind: none of these is ever the right plan.
    static let plansAvoided = [
        "enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "enable_bitmapscan",
        "enable_sort", "jit",
    ]

    /// A configuration; the plans avoided are added to the database's settings.
    package init(
        database: PostgresConfiguration, lanes: [Lane], dictionaries: PayloadDictionaries, rules: FactRules,
        schemaFolder: String
    ) {
        self.database = database
        self.lanes = lanes
        self.dictionaries = dictionaries
        self.rules = rules
        self.schemaFolder = schemaFolder
        for name in Self.plansAvoided { self.database.settings[name] = "off" }
        // So the best plan for a few keys is the best for many, and is not made anew for each batch.
        self.database.settings["plan_cache_mode"] = "force_generic_plan"
    }
}

/// Events a batch at most.
package enum BatchLimits {
    /// Near the head: small enough that what it holds is visible soon.
    static let live = 5_000
    /// Behind: large enough that a visit's row is written once for most of its events.
    static let catchingUp = 20_000
    /// Rebuilding: from a few hundredths of a second's work to some 15 MB of facts, of which a lane has up to five in
    /// memory.
    static let rebuild = 4_000...25_000
    /// Bytes of the log in a page, and so of a batch at most: some 13,000 events.
    package static let pageBytes = 4 << 20
    /// Rebuilding: the fewer batches there are, the fewer visits are written twice.
    static let rebuildPageBytes = 8 << 20
    /// Orders that a batch of a rebuild has at least room for.
    static let documents = 500
}

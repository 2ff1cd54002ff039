internal import EventModel

/// A source's file as read: checked, not yet compiled.
struct PipelineFile {
    /// Settings that the file's defaults, its `unknown` and each event may carry.
    struct Settings {
        var eventBytesMax: Int?
        var maxAgeSeconds: Int64?
        var retentionSeconds: Int64?
        var consent: ConsentPurpose?
        var projections: [String]?
        var isInteractive: Bool?
        var isKey: Bool?
        var isLead: Bool?
        var sweepsEmail: Bool?
        var keepsHandles: Bool?
        /// Pointers by what is done with their values, the mildest first.
        var actions: [(action: FieldAction, pointers: [String])] = []
        var handles: [(kind: HandleKind, pointers: [String])] = []

        var pointers: [String] { self.actions.flatMap(\.pointers) + self.handles.flatMap(\.pointers) }
    }

    let source: EventSource
    var fields: [(field: EventField, pointers: [String])] = []
    var defaults = Settings()
    var unknown = Settings()
    var events: [(name: String, settings: Settings)] = []
    var clientAttribute: (name: String, lists: [String])?
    var secretParameters: [String] = []

    /// Names of the read models that an event may name.
    static let projections = ["shops", "sessions", "pages", "leads", "orders", "products", "customers", "carts"]

    init(_ document: YAMLDocument, source: EventSource) throws(PipelineError) {
        self.source = source
        let allowed = [
            "version", "source", "client_attribute", "secret_parameters", "fields", "defaults", "unknown", "events",
        ]
        let members = try document.members(allowed: allowed)
        try Self.check(members["version"], is: "1", in: document, key: "version")
        try Self.check(members["source"], is: source.name, in: document, key: "source")
        if let attribute = members["client_attribute"] { self.clientAttribute = try Self.attribute(attribute) }
        self.secretParameters = try members["secret_parameters"]?.strings() ?? []
        if let fields = members["fields"] { self.fields = try Self.fields(fields) }
        if let defaults = members["defaults"] { self.defaults = try Self.settings(defaults) }
        if let unknown = members["unknown"] { self.unknown = try Self.settings(unknown) }
        for (name, value) in try members["events"]?.members() ?? [] {
            guard name.utf8.count <= EventRecord.nameBytesMax, !name.isEmpty else {
                throw value.fault("a name has 1 to \(EventRecord.nameBytesMax) bytes")
            }
            self.events.append((name, try Self.settings(value)))
        }
        try self.requireDefaults(document)
    }

    private static func check(
        _ value: YAMLDocument?, is expected: String, in document: YAMLDocument, key: String
    ) throws(PipelineError) {
        guard let value else { throw document.fault("\(key): is missing; it has to be \(expected)") }
        guard try value.string() == expected else { throw value.fault("has to be \(expected)") }
    }

    private static func fields(
        _ document: YAMLDocument
    ) throws(PipelineError) -> [(field: EventField, pointers: [String])] {
        var fields: [(field: EventField, pointers: [String])] = []
        for (name, value) in try document.members() {
            guard let field = EventField.allCases.first(where: { $0.key == name }) else {
                let known = EventField.allCases.map(\.key).joined(separator: ", ")
                throw value.fault("is no field; allowed here: \(known)")
            }
            fields.append((field, try value.pointers()))
        }
        return fields
    }

    private static func attribute(
        _ document: YAMLDocument
    ) throws(PipelineError) -> (name: String, lists: [String]) {
        let members = try document.members(allowed: ["name", "lists"])
        guard let name = members["name"], let lists = members["lists"] else {
            throw document.fault("needs name and lists")
        }
        return (try name.string(), try lists.pointers())
    }

    /// The limits have no built-in values, so that the file shows all that holds.
    private func requireDefaults(_ document: YAMLDocument) throws(PipelineError) {
        let needed: [(String, Bool)] = [
            ("event_bytes_max", self.defaults.eventBytesMax != nil), ("max_age", self.defaults.maxAgeSeconds != nil),
            ("retention", self.defaults.retentionSeconds != nil), ("consent", self.defaults.consent != nil),
        ]
        for (key, isThere) in needed where !isThere { throw document.fault("defaults.\(key): is missing") }
    }
}

extension PipelineFile {
    static let settingKeys = [
        "event_bytes_max", "max_age", "retention", "consent", "projections", "interactive", "key", "lead",
        "sweep_email", "keep_handles", "seal_inside", "seal", "remove", "handles",
    ]

    static func settings(_ document: YAMLDocument) throws(PipelineError) -> Settings {
        let members = try document.members(allowed: self.settingKeys)
        var settings = Settings()
        settings.eventBytesMax = try members["event_bytes_max"]?.bytes()
        settings.maxAgeSeconds = try members["max_age"]?.seconds()
        settings.retentionSeconds = try members["retention"]?.seconds()
        settings.isInteractive = try members["interactive"]?.bool()
        settings.isKey = try members["key"]?.bool()
        settings.isLead = try members["lead"]?.bool()
        settings.sweepsEmail = try members["sweep_email"]?.bool()
        settings.keepsHandles = try members["keep_handles"]?.bool()
        for (key, action) in [("seal_inside", FieldAction.sealInside), ("seal", .seal), ("remove", .remove)] {
            settings.actions.append((action, try members[key]?.pointers() ?? []))
        }
        if let consent = members["consent"] { settings.consent = try self.consent(consent) }
        if let projections = members["projections"] { settings.projections = try self.projections(projections) }
        if let handles = members["handles"] { settings.handles = try self.handles(handles) }
        return settings
    }

    private static func consent(_ document: YAMLDocument) throws(PipelineError) -> ConsentPurpose {
        guard let purpose = ConsentPurpose(rawValue: try document.string()) else {
            let known = ConsentPurpose.allCases.map(\.rawValue).joined(separator: ", ")
            throw document.fault("has to be one of \(known)")
        }
        return purpose
    }

    private static func projections(_ document: YAMLDocument) throws(PipelineError) -> [String] {
        try document.leaves().map { (leaf) throws(PipelineError) in
            let name = try leaf.string()
            guard self.projections.contains(name) else {
                throw leaf.fault("\"\(name)\" is no read model; there are \(self.projections.joined(separator: ", "))")
            }
            return name
        }
    }

    private static func handles(
        _ document: YAMLDocument
    ) throws(PipelineError) -> [(kind: HandleKind, pointers: [String])] {
        try document.members().map { (member) throws(PipelineError) in
            guard let kind = HandleKind.allCases.first(where: { $0.name == member.name && $0 != .event }) else {
                let known = HandleKind.allCases.filter { $0 != .event }.map(\.name).joined(separator: ", ")
                throw member.value.fault("is no kind of handle; allowed here: \(known)")
            }
            return (kind, try member.value.pointers())
        }
    }
}

internal import EventModel

/// Patterns with what each of them finds; a pattern's place is its id.
struct CompiledPointers {
    private(set) var patterns: [String] = []
    private(set) var roles: [EventFieldRole?] = []
    private(set) var attributeRoles: [AttributeRole?] = []
    private var ids: [String: Int] = [:]

    func id(of pattern: String) -> Int? { self.ids[pattern] }

    /// Adds `pattern`. One that is there already stays one, unless it finds two things: then it is there twice, and
    /// both ids match.
    mutating func add(_ pattern: String, role: EventFieldRole? = nil, attributeRole: AttributeRole? = nil) {
        if let id = self.ids[pattern], role == nil, attributeRole == nil || self.attributeRoles[id] == nil {
            self.attributeRoles[id] = self.attributeRoles[id] ?? attributeRole
            return
        }
        if self.ids[pattern] == nil { self.ids[pattern] = self.patterns.count }
        self.patterns.append(pattern)
        self.roles.append(role)
        self.attributeRoles.append(attributeRole)
    }
}

/// Puts a file's settings together: one pointer set for the source, and a table of rules for each event.
struct PipelineCompiler {
    private let file: PipelineFile
    private var shared = CompiledPointers()

    /// Sets of events with equal pointers, so that each is made once.
    private var ownSets: [[String]: PointerSet] = [:]
    private let fileName: String

    /// The pipeline that `file`, called `name`, describes. `clickParameters` are those of `lists/click-ids.yaml`.
    static func compile(
        _ file: PipelineFile, name: String, clickParameters: [String]
    ) throws(PipelineError) -> SourcePipeline {
        var compiler = PipelineCompiler(file: file, fileName: name)
        compiler.collectPointers()
        let pointers = try compiler.pointerSet(compiler.shared.patterns, key: "defaults")
        var definitions: [EventDefinition] = []
        for (name, settings) in file.events {
            definitions.append(try compiler.definition(name: name, isKnown: true, settings))
        }
        let unknown = try compiler.definition(name: "", isKnown: false, file.unknown)
        return SourcePipeline(
            compiler.shared, pointers: pointers, file: file, clickParameters: clickParameters,
            definitions: definitions, unknown: unknown)
    }

    private mutating func pointerSet(_ patterns: [String], key: String) throws(PipelineError) -> PointerSet {
        if let known = self.ownSets[patterns] { return known }
        guard let set = PointerSet(checking: patterns) else {
            throw PipelineError(
                file: self.fileName, key: key,
                message: "too many pointers have \"**\" both in the middle and at the end; let some name whole values")
        }
        self.ownSets[patterns] = set
        return set
    }

    private init(file: PipelineFile, fileName: String) {
        self.file = file
        self.fileName = fileName
    }

    /// An event that looks at every level of its data is scanned with a set of its own.
    private static func needsOwnSet(_ settings: PipelineFile.Settings) -> Bool {
        settings.pointers.contains { PointerSet.tokens(of: $0).contains("**") }
    }

    private mutating func collectPointers() {
        for (field, pointers) in self.file.fields {
            for (rank, pointer) in pointers.enumerated() {
                self.shared.add(pointer, role: EventFieldRole(field: field, rank: rank))
            }
        }
        for list in self.file.clientAttribute?.lists ?? [] {
            self.shared.add(list + "/*", attributeRole: .item)
            self.shared.add(list + "/*/name", attributeRole: .name)
            self.shared.add(list + "/*/key", attributeRole: .name)
            self.shared.add(list + "/*/value", attributeRole: .value)
        }
        for settings in [self.file.defaults, self.file.unknown] + self.file.events.map(\.settings)
        where !Self.needsOwnSet(settings) || settings.pointers == self.file.defaults.pointers {
            for pointer in settings.pointers { self.shared.add(pointer) }
        }
    }

    private mutating func definition(
        name: String, isKnown: Bool, _ own: PipelineFile.Settings
    ) throws(PipelineError) -> EventDefinition {
        let defaults = self.file.defaults
        var pointers = self.shared
        let hasOwnSet = Self.needsOwnSet(own)
        if hasOwnSet {
            pointers = CompiledPointers()
            for pointer in defaults.pointers + own.pointers { pointers.add(pointer) }
        }
        return EventDefinition(
            name: name, isKnown: isKnown, rules: Self.rules(pointers, [defaults, own], isKnown: isKnown),
            pointers: hasOwnSet ? try self.pointerSet(pointers.patterns, key: isKnown ? name : "unknown") : nil,
            sweepsEmail: own.sweepsEmail ?? defaults.sweepsEmail ?? false,
            keepsHandles: own.keepsHandles ?? defaults.keepsHandles ?? false,
            // `PipelineFile` has refused a file without these four.
            eventBytesMax: own.eventBytesMax ?? defaults.eventBytesMax ?? 0,
            maxAgeSeconds: own.maxAgeSeconds ?? defaults.maxAgeSeconds ?? 0,
            retentionSeconds: own.retentionSeconds ?? defaults.retentionSeconds ?? 0,
            consent: own.consent ?? defaults.consent ?? .analytics,
            projections: own.projections ?? defaults.projections ?? [],
            isInteractive: own.isInteractive ?? defaults.isInteractive ?? false,
            isKey: own.isKey ?? defaults.isKey ?? false, isLead: own.isLead ?? defaults.isLead ?? false)
    }

    private static func rules(
        _ pointers: CompiledPointers, _ layers: [PipelineFile.Settings], isKnown: Bool
    ) -> [FieldRule] {
        var rules = [FieldRule](repeating: FieldRule(), count: pointers.patterns.count)
        for settings in layers {
            for (action, patterns) in settings.actions {
                for id in patterns.compactMap(pointers.id) { rules[id].action = max(rules[id].action, action) }
            }
            for (kind, patterns) in settings.handles {
                for id in patterns.compactMap(pointers.id) { rules[id].handle = kind }
            }
        }
        // What an event that no line names has at its top beside a customer's number may be anybody's.
        let customers = Set(
            layers.flatMap(\.handles).filter { $0.kind == .customer }.flatMap(\.pointers).map(Self.parent)
                .filter { isKnown || !$0.isEmpty })
        for id in rules.indices where rules[id].handle == .email || rules[id].handle == .phone {
            rules[id].isCustomersOwn = customers.contains(Self.parent(of: pointers.patterns[id]))
        }
        return rules
    }

    /// The object that a pointer's value stands in.
    private static func parent(of pointer: String) -> Substring {
        pointer.lastIndex(of: "/").map { pointer[..<$0] } ?? ""
    }
}

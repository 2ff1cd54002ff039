package import EventModel

/// One source's events, compiled: one pointer set for a single scan of any of them, and what each pointer means.
/// Immutable; a class, because event loops look at it many times an event and copying its lists costs a count each.
package final class SourcePipeline: Sendable {
    /// The source.
    package let source: EventSource
    /// Everything that the gateway looks for in an event of this source: its fields and the personal pointers of all
    /// events that have no set of their own.
    package let pointers: PointerSet
    /// The field that a pointer finds, by the pointer's id.
    package let roles: [EventFieldRole?]
    /// The largest `eventBytesMax` of its events.
    package let eventBytesMax: Int
    /// All events that the file lists, in its order.
    package let definitions: [EventDefinition]
    /// What holds for events that the file does not list.
    package let unknown: EventDefinition
    /// Pointers that find a field or an attribute have lower ids: of an event's matches most are told to be neither.
    private let partsEnd: Int
    /// The part that a pointer plays in finding a client id in a list of attributes, by the pointer's id.
    package let attributeRoles: [AttributeRole?]
    /// The name of the attribute whose value is a client id; empty for none.
    package let clientAttribute: String
    /// Query parameters whose values are sealed inside addresses, in lower case.
    package let secretParameters: [[UInt8]]
    /// Query parameters whose values name one click of one person (`gclid`), in lower case: hashed inside addresses.
    package let clickParameters: [[UInt8]]

    /// Indices of `definitions` by length of the name.
    private let byLength: [[(name: [UInt8], index: Int)]]

    init(
        _ compiled: CompiledPointers, pointers: PointerSet, file: PipelineFile, clickParameters: [String],
        definitions: [EventDefinition], unknown: EventDefinition
    ) {
        self.source = file.source
        self.pointers = pointers
        self.roles = compiled.roles
        self.attributeRoles = compiled.attributeRoles
        self.partsEnd = zip(compiled.roles, compiled.attributeRoles).reversed().drop { $0 == nil && $1 == nil }.count
        self.clientAttribute = file.clientAttribute?.name ?? ""
        self.secretParameters = file.secretParameters.map { Array($0.lowercased().utf8) }
        self.clickParameters = clickParameters.map { Array($0.lowercased().utf8) }
        self.definitions = definitions
        self.unknown = unknown
        self.eventBytesMax = definitions.map(\.eventBytesMax).reduce(unknown.eventBytesMax, max)
        var table: [[(name: [UInt8], index: Int)]] = []
        for (index, definition) in definitions.enumerated() {
            let name = Array(definition.name.utf8)
            while table.count <= name.count { table.append([]) }
            table[name.count].append((name, index))
        }
        self.byLength = table
    }

    /// The definition of the event called `name`. A few comparisons, no allocation.
    package func definition(for name: Span<UInt8>) -> EventDefinition {
        guard name.count < self.byLength.count else { return self.unknown }
        for candidate in self.byLength[name.count] where candidate.name.span.isEqual(name) {
            return self.definitions[candidate.index]
        }
        return self.unknown
    }

    /// The definition of the event called `name`.
    package func definition(for name: String) -> EventDefinition {
        self.definition(for: Array(name.utf8).span)
    }

    /// Finds the fields among an event's matches, and whether it has attributes; `fields` is cleared first.
    package func collect(_ matches: ArraySlice<JSONMatch>, into fields: inout EventFields) {
        fields.clear()
        for match in matches where match.pointer < self.partsEnd {
            if let role = self.roles[match.pointer] { fields.note(role, match) }
            if self.attributeRoles[match.pointer] == .item { fields.hasAttributes = true }
        }
    }
}

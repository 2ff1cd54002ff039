public import EventModel

/// Where the fields of one event stand. Filled from a scan's matches without allocating; a value to be reused.
@usableFromInline package struct EventFields: Sendable {
    @usableFromInline package private(set) var places: InlineArray<20, JSONMatch>
    @usableFromInline package private(set) var ranks: InlineArray<20, UInt8>
    /// An item of a list of attributes is among the matches.
    package internal(set) var hasAttributes = false
    /// The rank of a field that was not found; no list of pointers is so long.
    @usableFromInline static let noRank = UInt8.max
    private static let none = JSONMatch(pointer: -1, start: 0, end: 0, type: .null)

    /// No field found.
    package init() {
        self.places = InlineArray(repeating: Self.none)
        self.ranks = InlineArray(repeating: Self.noRank)
    }

    /// Where `field` stands; nil when it is missing or null (a consent to a purpose: only when missing). Inlined,
    /// because a call copies the whole of the value.
    @inlinable @inline(__always) package subscript(_ field: EventField) -> JSONMatch? {
        self.ranks[field.rawValue] == Self.noRank ? nil : self.places[field.rawValue]
    }

    /// Forgets everything.
    package mutating func clear() {
        self.ranks = InlineArray(repeating: Self.noRank)
        self.hasAttributes = false
    }

    /// Takes note of `match`. An earlier pointer of the field's list wins over a later one; of two matches of one
    /// pointer (a duplicate key) the later counts, also where it is null.
    package mutating func note(_ role: EventFieldRole, _ match: JSONMatch) {
        let index = role.field.rawValue
        let rank = UInt8(clamping: role.rank)
        guard rank <= self.ranks[index] else { return }
        if match.type == .null, !role.field.countsNull {
            if rank == self.ranks[index] { self.ranks[index] = Self.noRank }
            return
        }
        self.ranks[index] = rank
        self.places[index] = match
    }
}

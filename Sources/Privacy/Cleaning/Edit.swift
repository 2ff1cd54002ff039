/// A range of an event's bytes that is not stored as it is.
struct Edit {
    /// What is stored instead.
    enum Kind {
        /// Sealed; `{"sealed":true}` stands in.
        case whole
        /// Sealed; `(sealed)` stands in, inside a string.
        case inside
        /// Gone for good; `null` stands in.
        case null
        /// Gone for good; `(removed)` stands in, inside a string.
        case removedInside

        /// The same place, with nothing kept of what stood there.
        var removed: Kind {
            switch self {
            case .whole, .null: .null
            case .inside, .removedInside: .removedInside
            }
        }
    }

    var kind: Kind
    let range: Range<Int>

    var isSealed: Bool { self.kind == .whole || self.kind == .inside }
}

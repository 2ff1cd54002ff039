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
        /// Gone for good; `(click-HASH)` stands in, inside a string, which tells a visitor's clicks apart.
        case hashedInside

        /// The same place, with nothing kept of what stood there.
        var removed: Kind {
            switch self {
            case .whole, .null: .null
            case .inside, .removedInside, .hashedInside: .removedInside
            }
        }
    }

    var kind: Kind
    let range: Range<Int>

    var isSealed: Bool { self.kind == .whole || self.kind == .inside }

    /// How the sealed head names it; nil where nothing is kept.
    var field: SealedHead.FieldKind? {
        switch self.kind {
        case .whole: .whole
        case .inside: .inside
        case .null, .removedInside, .hashedInside: nil
        }
    }
}

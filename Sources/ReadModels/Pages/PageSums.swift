internal import EventModel

/// Counts a batch's events for `PagesProjection`. Events that follow each other are mostly of one shop and one quarter
/// of an hour, so what is hashed for each is a value alone, and of its name not even that.
struct PageSums {
    private struct Sums {
        let place: PagesProjection.Place
        var names: [ObjectIdentifier: (type: EventKind, counts: EventCounts)] = [:]
        /// The other dimensions, by their raw values.
        var values: [[String: EventCounts]] = Array(repeating: [:], count: EventDimension.allCases.count)
    }

    private var sums: [Sums] = []
    private var numbers: [PagesProjection.Place: Int] = [:]
    /// Of the event before.
    private var last = -1

    /// Counts an event of a visit. Looked at in its place: an argument would be a copy, a dozen references.
    mutating func add(_ events: Span<EventFacts>, at index: Int) {
        find(
            PagesProjection.Place(
                shop: events[index].shop, isBot: events[index].traits.contains(.bot),
                bucket: Activity.bucket(of: events[index].order.time)))
        let type = events[index].type
        sums[last].names[ObjectIdentifier(type), default: (type, EventCounts())].counts.add(type.step)
        if !events[index].page.isEmpty { add(.page, events[index].page, type.step) }
        guard let commerce = events[index].commerce else { return }
        if !commerce.products.isEmpty { add(.product, EventDimension.joined(commerce.products), type.step) }
        if !commerce.variants.isEmpty { add(.variant, EventDimension.joined(commerce.variants), type.step) }
        if !commerce.collection.isEmpty { add(.collection, commerce.collection, type.step) }
        if !commerce.searchTerm.isEmpty { add(.searchTerm, commerce.searchTerm, type.step) }
    }

    private mutating func find(_ place: PagesProjection.Place) {
        if last >= 0, sums[last].place == place { return }
        last = numbers[place] ?? sums.count
        guard last == sums.count else { return }
        sums.append(Sums(place: place))
        numbers[place] = last
    }

    private mutating func add(_ dimension: EventDimension, _ value: String, _ step: EventStep) {
        sums[last].values[Int(dimension.rawValue)][value, default: EventCounts()].add(step)
    }

    /// What was counted.
    var counts: [PageCounts] {
        sums.map { sum in
            // Kinds of several sources may have one name.
            var names: [String: EventCounts] = [:]
            for (type, counts) in sum.names.values { names[type.name, default: EventCounts()] += counts }
            var counts = PageCounts(place: sum.place)
            counts.append(.name, names)
            for dimension in EventDimension.allCases { counts.append(dimension, sum.values[Int(dimension.rawValue)]) }
            return counts
        }
    }
}

/// What a batch counted at one place.
struct PageCounts {
    /// Events with one value of a dimension.
    struct Entry {
        let dimension: EventDimension
        let value: String
        let counts: EventCounts
    }

    let place: PagesProjection.Place
    /// No dimension has a value twice.
    private(set) var entries: [Entry] = []

    init(place: PagesProjection.Place) { self.place = place }

    fileprivate mutating func append(_ dimension: EventDimension, _ values: [String: EventCounts]) {
        for (value, counts) in values { entries.append(Entry(dimension: dimension, value: value, counts: counts)) }
    }
}

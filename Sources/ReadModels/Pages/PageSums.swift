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

    /// Counts an event of a visit.
    mutating func add(_ event: borrowing EventFacts) {
        find(PagesProjection.Place(event))
        let type = event.type
        sums[last].names[ObjectIdentifier(type), default: (type, EventCounts())].counts.add(type.step)
        if !event.page.isEmpty { add(.page, event.page, type.step) }
        guard let commerce = event.commerce else { return }
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

    /// What was counted, by the rows it belongs to.
    var counts: [PagesProjection.Key: EventCounts] {
        var counts: [PagesProjection.Key: EventCounts] = [:]
        for sum in sums {
            func add(_ dimension: EventDimension, _ value: String, _ more: EventCounts) {
                let key = PagesProjection.Key(
                    shop: sum.place.shop, isBot: sum.place.isBot, dimension: dimension, bucket: sum.place.bucket,
                    value: value)
                counts[key, default: EventCounts()] += more
            }
            for (type, more) in sum.names.values { add(.name, type.name, more) }
            for dimension in EventDimension.allCases {
                for (value, more) in sum.values[Int(dimension.rawValue)] { add(dimension, value, more) }
            }
        }
        return counts
    }
}

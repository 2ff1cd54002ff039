package import EventModel

/// The lists that have pages. The raw value is part of every cursor, so that it is none of another list.
package enum ListName: String, Sendable {
    case sessions, leads, carts, products, orders, customers, transactions, requests
}

/// Which page of a list is asked for. Lists go from the newest entry to the oldest.
package struct ListPage: Sendable {
    /// Entries of a page that does not say.
    package static let firstDefault = 50
    /// Entries of one page.
    package static let firstMax = 250

    /// Entries wanted.
    package var first: Int
    /// Entries after this one; nil for the start of the list.
    package var after: ListCursor?
    /// The list, whose cursors are its own.
    package let list: ListName

    /// Names a page.
    package init(first: Int = ListPage.firstDefault, after: ListCursor? = nil, of list: ListName = .sessions) {
        self.list = list
        self.first = first
        self.after = after
    }
}

/// A place in a list: the time and the id of the entry before it. Pages neither repeat nor lose an entry while others
/// arrive. The time of an entry changes only where it is one of beginnings and something earlier is told late.
package struct ListCursor: Sendable, Hashable {
    package let time: Int64
    package let id: Key128
    /// Which state the first page showed, by its position, in lists that keep what has moved since.
    package let since: Position?

    /// The place after an entry.
    package init(time: Int64, id: Key128, since: Position? = nil) {
        self.time = time
        self.id = id
        self.since = since
    }

    /// The years 1970 to 9999, and a day on either side, since a time may be stated in any zone (`Timestamp.parse`): no
    /// entry is earlier or later, and a cursor that says so was made up.
    private static let times: ClosedRange<Int64> = -86_400_000...253_402_387_199_999

    /// Before every entry.
    static let start = ListCursor(time: .max, id: Key128(high: .max, low: .max))

    /// The text that clients hand back.
    package func text(in list: ListName) -> String {
        let place = "2.\(list.rawValue).\(String(time, radix: 36)).\(id.hex)"
        return since.map { "\(place).\(String($0, radix: 36))" } ?? place
    }

    /// Reads such a text; nil for anything else, also for a place in another list.
    package init?(text: String, in list: ListName) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (4...5).contains(parts.count), parts[0] == "2", parts[1] == list.rawValue,
            let time = Int64(parts[2], radix: 36), Self.times.contains(time),
            let id = Key128(hex: String(parts[3]))
        else { return nil }
        guard parts.count == 5 else {
            self.init(time: time, id: id)
            return
        }
        guard let since = Position(parts[4], radix: 36), since >= 0 else { return nil }
        self.init(time: time, id: id, since: since)
    }
}

/// One page of a list.
package struct ListAnswer<Item: Sendable>: Sendable {
    package var items: [Item]
    /// The last entry's place, where there are more.
    package var next: ListCursor?
    package var asOf: AsOf
    private let list: ListName

    /// Cuts a page out of entries of which one more than wanted was read.
    init(_ read: [Item], _ page: ListPage, _ asOf: AsOf, place: (Item) -> ListCursor) {
        self.items = Array(read.prefix(page.first))
        self.next = read.count > page.first ? items.last.map(place) : nil
        self.asOf = asOf
        self.list = page.list
    }

    /// What tells two answers apart, without the times and positions of their states.
    package func distinction(_ item: (inout JSONWriter, Item) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.array(items, item)
        writer.string(next.map { ListCursor(time: $0.time, id: $0.id).text(in: list) })
        return writer.bytes
    }

    /// The page as the contract shows it; `more` adds members.
    package func json(
        _ item: (inout JSONWriter, Item) -> Void, more: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("items") { $0.array(items, item) }
            writer.member("page_info") { writer in
                writer.object { writer in
                    writer.member("has_next_page", next != nil)
                    writer.member("end_cursor", next?.text(in: list))
                }
            }
            writer.member("as_of") { asOf.write(&$0) }
            more(&writer)
        }
        return writer.bytes
    }
}

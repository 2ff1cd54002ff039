package import EventModel
package import Postgres

/// One entry of a list of commerce data.
package protocol CommerceRecord: Sendable {
    /// The schema whose checkpoint says how far the list has come.
    static var model: String { get }
    /// `SELECT ... FROM ... r` of the entry's own columns, without a condition.
    static var select: String { get }
    /// The columns that order the list, the newest first.
    static var order: ListOrder { get }
    /// What every entry must fulfil; the row's alias is `r`.
    static var condition: String { get }
    /// That an entry belongs to the order `$5`, where that is not 0.
    static var orderCondition: String { get }
    /// What can be searched.
    static var searchFields: SearchFields { get }

    /// Reads a row of `select`.
    init(_ row: PostgresRow)

    /// Reads what belongs to the entries, such as lines of orders, for a whole page at once.
    static func complete(
        _ records: inout [Self], _ shop: ShopKey, _ connection: PostgresConnection
    ) throws

    /// Its place in the list.
    var place: ListCursor { get }
    /// Where in the log its personal data is; nil where it has none.
    var personalPosition: Position? { get }

    /// Appends the record; `opened` is the payload at `personalPosition`.
    func write(_ writer: inout JSONWriter, _ opened: [UInt8]?)
}

/// How a list is ordered; both columns never change while an entry lives.
package enum ListOrder: Sendable {
    /// By Shopify's ids, which grow with time.
    case byID
    /// By a time and then a key of ours.
    case byTime(String, key: String)

    var clause: String {
        switch self {
        case .byID: "r.id DESC"
        case .byTime(let time, let key): "\(time) DESC, \(key) DESC"
        }
    }

    /// The condition of a page that begins after `$3` and `$4`.
    var after: String {
        switch self {
        case .byID: "r.id <= $3 AND $4::int8 IS NOT NULL"
        case .byTime(let time, let key): "(\(time), \(key)) < ($3, $4)"
        }
    }

    func parameters(_ cursor: ListCursor) -> [PostgresValue] {
        switch self {
        // Inclusive, so that the start of the list lies before the largest id there can be.
        case .byID: [.int8(Int64(exactly: cursor.id.low).map { $0 - 1 } ?? .max), .int8(0)]
        case .byTime: [.timestamp(cursor.time), .uuid(cursor.id.high, cursor.id.low)]
        }
    }
}

extension ListCursor {
    /// The place of an entry that is ordered by its id.
    init(id: Int64) {
        self.init(time: 0, id: Key128(high: 0, low: UInt64(max(0, id))))
    }
}

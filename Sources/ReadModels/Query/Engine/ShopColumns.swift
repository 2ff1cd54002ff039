internal import EventModel

/// All sessions of one shop as columns: the copy that queries are answered from. A row's number never changes while it
/// lives; numbers of removed rows are used again.
struct ShopColumns {
    /// Bits of `session.flags`.
    enum Flag {
        static let bot: UInt8 = 1
        static let bounced: UInt8 = 2
        static let engaged: UInt8 = 4
        static let converted: UInt8 = 8
        static let withLead: UInt8 = 16
        /// Of the visitor's own visits; who returns as a person is told by the column `returning`.
        static let returning: UInt8 = 32
    }

    /// In the place of the start of a row that is not in use: no range reaches it.
    static let unusedSlot = UInt32.max

    private(set) var startSlot: [UInt32] = []
    /// Milliseconds after the slot's start; with the slot it is the exact start.
    private(set) var startOffset: [UInt32] = []
    /// Milliseconds from the first to the last event; a session has at most 24 h.
    private(set) var duration: [UInt32] = []
    /// Whom the row's pseudonym stands for: a browser, a customer without one, or a day's visitor.
    private(set) var visitor: [UInt32] = []
    /// Whom the visit counts for: the customer it names; else, where the visits of its browser name one and only one, that
    /// one; else the visitor. A number like those of visitors.
    private(set) var person: [UInt32] = []
    /// The customer whom the visit names, or `VisitorTable.none`.
    private var customer: [UInt32] = []
    private(set) var flags: [UInt8] = []
    /// Bits of `VisitAction`.
    private(set) var actions: [UInt8] = []
    private(set) var texts = Array(repeating: CodeColumn(), count: VisitColumn.allCases.count)
    private(set) var visitors = VisitorTable()
    private(set) var activity = ActivityTable()
    private(set) var bounds = BlockBounds()
    var firstLeads = FirstLeads()
    /// The visitor's row that was added before this one.
    private var olderRow: [UInt32] = []
    private var freeRows: [UInt32] = []
    /// Visitors that were changed since everything was settled.
    private var touched: [Int] = []
    /// Rows by start of visitors with long chains, while a refresh looks them up: walking such a chain for each of its rows
    /// would take the square of their number.
    private var crowds: [Int: [Int64: Int]] = [:]
    /// The column `returning` shows all rows as they are.
    private var isReturningSettled = false
    /// Nearly all chains are shorter, and walking one costs less than making a table.
    private static let stepsMax = 64

    /// Rows in use and free.
    var rowCount: Int { startSlot.count }

    /// Bytes it holds on to.
    var byteCount: Int {
        4 * (startSlot.capacity + startOffset.capacity + duration.capacity + visitor.capacity + olderRow.capacity)
            + 4 * (person.capacity + customer.capacity)
            + flags.capacity + actions.capacity + 4 * freeRows.capacity
            + texts.reduce(0) { $0 + $1.byteCount } + visitors.byteCount + activity.byteCount
            + bounds.byteCount + firstLeads.byteCount
    }

    /// When the row's session began, Unix milliseconds.
    func startedAt(_ row: Int) -> Int64 {
        Int64(startSlot[row]) * Slot.millis + Int64(startOffset[row])
    }

    /// When its last event was, Unix milliseconds.
    func endedAt(_ row: Int) -> Int64 { startedAt(row) + Int64(duration[row]) }

    /// Makes room without the doubling that appending would do.
    mutating func reserve(_ rows: Int) {
        startSlot.reserveCapacity(rows)
        startOffset.reserveCapacity(rows)
        duration.reserveCapacity(rows)
        visitor.reserveCapacity(rows)
        person.reserveCapacity(rows)
        customer.reserveCapacity(rows)
        olderRow.reserveCapacity(rows)
        flags.reserveCapacity(rows)
        actions.reserveCapacity(rows)
        activity.reserve(rows: rows)
        for index in texts.indices { texts[index].reserve(rows) }
    }

    /// Adds a session that is certainly not here yet; returns its row. `settleAll` has to follow.
    mutating func add(_ session: SessionRow) -> Int {
        let number = visitors.number(for: session.visitor)
        let row = newRow(number, session.startedAt)
        put(session, in: row)
        return row
    }

    /// Takes a session in place of the one with the same visitor and start, if there is one; returns its row. `settle`
    /// has to follow.
    mutating func upsert(_ session: SessionRow) -> Int {
        let number = visitors.number(for: session.visitor)
        let row = find(number, session.startedAt) ?? newRow(number, session.startedAt)
        touch(number, session.startedAt, row)
        put(session, in: row)
        return row
    }

    private mutating func put(_ session: SessionRow, in row: Int) {
        isReturningSettled = false
        duration[row] = UInt32(clamping: session.endedAt - session.startedAt)
        flags[row] = UInt8(truncatingIfNeeded: session.flags)
        actions[row] = session.actions
        activity.set(row, session.activity, startSlot: startSlot[row])
        widenBounds(row)
        customer[row] = session.customer.map { UInt32(visitors.number(for: $0)) } ?? VisitorTable.none
    }

    /// Takes a session away. `settle` has to follow.
    mutating func remove(_ key: Key128, startedAt: Int64) {
        guard let number = visitors.knownNumber(of: key), let row = find(number, startedAt) else { return }
        touch(number, startedAt, nil)
        isReturningSettled = false
        startSlot[row] = Self.unusedSlot
        bounds.leave(row)
        activity.remove(row)
    }

    /// Brings in order what the changes since the last time have touched, each visitor once.
    mutating func settle() {
        for number in Set(touched) {
            unchainRemoved(number)
            settlePersons(of: number)
        }
        touched = []
        crowds = [:]
    }

    /// The same after rows were added to empty columns.
    mutating func settleAll() {
        sortByStart()
        for number in 0..<visitors.count { settlePersons(of: number) }
    }

    /// Puts the rows, which are all in use, in the order of their starts, so that the bounds of blocks are narrow. Those that
    /// come later mostly start later.
    private mutating func sortByStart() {
        let order = Kernels.order(of: startSlot)
        Kernels.reorder(&startSlot, order)
        Kernels.reorder(&startOffset, order)
        Kernels.reorder(&duration, order)
        Kernels.reorder(&visitor, order)
        Kernels.reorder(&customer, order)
        Kernels.reorder(&flags, order)
        Kernels.reorder(&actions, order)
        for index in texts.indices where index != VisitColumn.returning.rawValue { texts[index].reorder(order) }
        activity.reorder(order)
        visitors.forgetRows()
        bounds = BlockBounds()
        for row in startSlot.indices {
            olderRow[row] = visitors.firstRow(of: Int(visitor[row]))
            visitors.setFirstRow(of: Int(visitor[row]), UInt32(row))
            widenBounds(row)
        }
    }

    /// Makes the column `returning`, which is not read but worked out, where something has changed since. Looks at every row,
    /// so only those call it who need the column.
    mutating func settleReturning() {
        guard !isReturningSettled else { return }
        texts[VisitColumn.returning.rawValue] = CodeColumn(returns, "true", else: "false")
        isReturningSettled = true
    }

    private mutating func widenBounds(_ row: Int) {
        bounds.widen(row, from: startSlot[row], to: activity.lastSlot(of: row, startSlot: startSlot[row]))
    }

    /// Works out anew whom the visits of a visitor count for.
    private mutating func settlePersons(of number: Int) {
        var sole = VisitorTable.none
        var areSeveral = false
        forEachRow(of: number) { columns, row in
            let named = columns.customer[row]
            guard named != VisitorTable.none, named != sole else { return }
            if sole == VisitorTable.none { sole = named } else { areSeveral = true }
        }
        let other = areSeveral || sole == VisitorTable.none ? UInt32(number) : sole
        forEachRow(of: number) { columns, row in
            columns.person[row] = columns.customer[row] == VisitorTable.none ? other : columns.customer[row]
        }
    }

    private mutating func forEachRow(of number: Int, _ body: (inout ShopColumns, Int) -> Void) {
        var row = visitors.firstRow(of: number)
        while row != VisitorTable.none {
            body(&self, Int(row))
            row = olderRow[Int(row)]
        }
    }

    /// Frees the rows of a visitor that were removed.
    private mutating func unchainRemoved(_ number: Int) {
        var kept: Int?
        var row = visitors.firstRow(of: number)
        while row != VisitorTable.none {
            let older = olderRow[Int(row)]
            if startSlot[Int(row)] != Self.unusedSlot {
                kept = Int(row)
            } else {
                if let kept { olderRow[kept] = older } else { visitors.setFirstRow(of: number, older) }
                freeRows.append(row)
            }
            row = older
        }
    }

    /// Sets one text of the row that was taken last.
    mutating func setText(_ column: VisitColumn, _ row: Int, _ value: RawSpan) {
        texts[column.rawValue].set(row, value)
    }

    /// The same for a text of our own.
    mutating func setText(_ column: VisitColumn, _ row: Int, _ value: String) {
        unsafe texts[column.rawValue].set(row, value.utf8.span.bytes)
    }

    /// One of a visitor's rows, if there is one.
    func anyRow(of key: Key128) -> Int? {
        guard let number = visitors.knownNumber(of: key) else { return nil }
        let row = visitors.firstRow(of: number)
        return row == VisitorTable.none ? nil : Int(row)
    }

    /// Rows of a visitor, the one added last first.
    func rows(of key: Key128) -> [Int] { visitors.knownNumber(of: key).map { rows(of: $0) } ?? [] }

    private func rows(of number: Int) -> [Int] {
        var rows: [Int] = []
        var row = visitors.firstRow(of: number)
        while row != VisitorTable.none {
            rows.append(Int(row))
            row = olderRow[Int(row)]
        }
        return rows
    }

    private mutating func find(_ number: Int, _ startedAt: Int64) -> Int? {
        if !crowds.isEmpty, let crowd = crowds[number] { return crowd[startedAt] }
        var row = visitors.firstRow(of: number)
        for _ in 0..<Self.stepsMax where row != VisitorTable.none {
            if self.startedAt(Int(row)) == startedAt { return Int(row) }
            row = olderRow[Int(row)]
        }
        if row == VisitorTable.none { return nil }
        let used = rows(of: number).filter { startSlot[$0] != Self.unusedSlot }
        let crowd = Dictionary(uniqueKeysWithValues: used.map { (self.startedAt($0), $0) })
        crowds[number] = crowd
        return crowd[startedAt]
    }

    /// Notes where a visitor's session is now; nil where it was removed.
    private mutating func touch(_ number: Int, _ startedAt: Int64, _ row: Int?) {
        if touched.last != number { touched.append(number) }
        if !crowds.isEmpty { crowds[number]?[startedAt] = row }
    }

    private mutating func newRow(_ number: Int, _ startedAt: Int64) -> Int {
        let slot = UInt32(clamping: Slot.containing(startedAt))
        let offset = UInt32(clamping: startedAt - Int64(slot) * Slot.millis)
        let older = visitors.firstRow(of: number)
        let row: Int
        if let free = freeRows.popLast() {
            row = Int(free)
            (startSlot[row], startOffset[row], olderRow[row], visitor[row]) = (slot, offset, older, UInt32(number))
        } else {
            row = startSlot.count
            Growth.append(&startSlot, slot)
            Growth.append(&startOffset, offset)
            Growth.append(&olderRow, older)
            Growth.append(&visitor, UInt32(number))
            Growth.append(&person, UInt32(number))
            Growth.append(&customer, VisitorTable.none)
            Growth.append(&duration, 0)
            Growth.append(&flags, 0)
            Growth.append(&actions, 0)
        }
        visitors.setFirstRow(of: number, UInt32(row))
        return row
    }
}

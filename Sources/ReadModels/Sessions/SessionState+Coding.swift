internal import EventModel

// What a row keeps of a visit beside `activity` and `positions`, which are columns of their own. The first byte is the
// layout's version.
extension SessionState {
    private static let version: UInt8 = 1
    /// Most states are no longer.
    private static let usualBytes = 512

    /// The packed bytes of `session.state`. Equal states give equal bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.usualBytes)
        writer.byte(Self.version)
        writer.signed(start)
        writer.signed(end)
        writer.byte(visitorKind.rawValue)
        writer.byte(marks.rawValue)
        writer.signed(leads)
        // Places mostly repeat (the first event gives page, touch, agent and country), so each stands once.
        var places: [OrderKey] = []
        var values = ByteWriter(capacity: Self.usualBytes)
        func place(_ key: OrderKey) {
            let known = places.firstIndex(of: key) ?? places.count
            if known == places.count { places.append(key) }
            values.unsigned(UInt64(known))
        }
        func optional<T>(_ item: Placed<T>?, _ write: (T) -> Void) {
            values.byte(item == nil ? 0 : 1)
            guard let item else { return }
            place(item.order)
            write(item.value)
        }
        optional(entryPage) { values.text($0) }
        optional(exitPage) { values.text($0) }
        optional(entryTouch) { values.touch($0) }
        values.unsigned(UInt64(touches.count))
        for touch in touches {
            place(touch.order)
            values.touch(touch.value)
        }
        optional(agent) { values.agent($0) }
        optional(country) { values.unsigned(UInt64($0.rawValue)) }
        optional(cart) { values.basket($0) }
        optional(checkout) { values.basket($0) }
        encodeRest(into: &values)
        writer.unsigned(UInt64(places.count))
        for key in places { writer.order(key) }
        writer.append(values)
        return writer.bytes
    }

    private func encodeRest(into values: inout ByteWriter) {
        values.unsigned(UInt64(lines.count))
        for (currency, amount) in lines.sorted(by: { $0.key < $1.key }) {
            values.text(currency)
            values.signed(amount)
        }
        values.byte(isReturning ? 1 : 0)
        values.byte(inherited == nil ? 0 : 1)
        if let inherited { values.touch(inherited) }
    }

    /// Reads a row back.
    package init(
        decoding bytes: [UInt8], activity: [UInt8], positions: [UInt8]
    ) throws(ByteReader.Damaged) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else { throw ByteReader.Damaged(offset: 0) }
        let start = try reader.signed()
        let end = try reader.signed()
        let kind = VisitorKind(rawValue: try reader.byte()) ?? .none
        self.init(
            start: start, end: end, visitorKind: kind, activity: try Activity(decoding: activity),
            positions: try PositionSet(decoding: positions))
        self.marks = Marks(rawValue: try reader.byte())
        self.leads = try reader.signed()
        var places: [OrderKey] = []
        for _ in 0..<(try reader.integer(Int.self)) { places.append(try reader.order()) }
        self.entryPage = try reader.placed(places) { (reader) throws(ByteReader.Damaged) in try reader.text() }
        self.exitPage = try reader.placed(places) { (reader) throws(ByteReader.Damaged) in try reader.text() }
        self.entryTouch = try reader.placed(places) { (reader) throws(ByteReader.Damaged) in try reader.touch() }
        for _ in 0..<(try reader.integer(Int.self)) {
            let place = try reader.place(places)
            self.touches.append(Placed(try reader.touch(), at: place))
        }
        self.agent = try reader.placed(places) { (reader) throws(ByteReader.Damaged) in try reader.agent() }
        self.country = try reader.placed(places) { (reader) throws(ByteReader.Damaged) in
            CountryCode(rawValue: try reader.integer())
        }
        self.cart = try reader.placed(places) { (reader) throws(ByteReader.Damaged) in try reader.basket() }
        self.checkout = try reader.placed(places) { (reader) throws(ByteReader.Damaged) in try reader.basket() }
        for _ in 0..<(try reader.integer(Int.self)) { self.lines[try reader.text()] = try reader.signed() }
        self.isReturning = try reader.byte() == 1
        if try reader.byte() == 1 { self.inherited = try reader.touch() }
    }
}

extension ByteWriter {
    fileprivate mutating func agent(_ agent: Agent) {
        text(agent.browser)
        text(agent.os)
        text(agent.device)
        byte(agent.isBot ? 1 : 0)
    }

    fileprivate mutating func basket(_ basket: SessionState.Basket) {
        text(basket.token)
        byte(basket.total == nil ? 0 : 1)
        guard let total = basket.total else { return }
        signed(total.amount)
        text(total.currency)
    }
}

extension ByteReader {
    fileprivate mutating func place(_ places: [OrderKey]) throws(Damaged) -> OrderKey {
        let index: Int = try integer()
        guard places.indices.contains(index) else { throw Damaged(offset: 0) }
        return places[index]
    }

    fileprivate mutating func placed<T>(
        _ places: [OrderKey], _ read: (inout ByteReader) throws(Damaged) -> T
    ) throws(Damaged) -> Placed<T>? {
        guard try byte() == 1 else { return nil }
        let order = try place(places)
        return Placed(try read(&self), at: order)
    }

    fileprivate mutating func agent() throws(Damaged) -> Agent {
        let browser = try text()
        let os = try text()
        let device = try text()
        return Agent(browser: browser, os: os, device: device, isBot: try byte() == 1)
    }

    fileprivate mutating func basket() throws(Damaged) -> SessionState.Basket {
        let token = try text()
        guard try byte() == 1 else { return SessionState.Basket(token: token, total: nil) }
        let amount = try signed()
        return SessionState.Basket(token: token, total: Money(amount: amount, currency: try text()))
    }
}

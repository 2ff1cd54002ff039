internal import EventModel

/// An append in the making, inside its transaction: decides what the plan left open, counts, and knows the positions.
struct PendingAppend {
    /// What the log must be asked for: identities and other identities, by what they are looked up as.
    struct Lookups {
        /// Sorted, so that neighbours lie in the same partitions.
        var keys: [Key128] = []
        var aliases: [Key128] = []
        var lanes: [Lane] = []
    }

    /// What the log answered: content by identity.
    struct Found {
        var keys: [Key128: UInt64] = [:]
        var aliases: [Key128: UInt64] = [:]
    }

    /// A row of `log.alias`.
    struct AliasRow {
        let alias: Key128
        let content: UInt64
        let position: Position
        let receivedAt: Int64
    }

    let plan: AppendPlan
    let head: LogHead
    /// Rows of `log.kind`, by the index of a name in the plan.
    let kinds: [Int32]
    private(set) var events: [AppendPlan.Event]
    private(set) var sheet = TallySheet()
    private(set) var aliasRows: [AliasRow] = []
    private(set) var lookedUp: [AppendReceipt.Identity] = []
    private(set) var eventCount = 0
    private(set) var receivedRange: ClosedRange<Int64>?
    private let aliases: [Int64: [Key128]]

    init(_ plan: AppendPlan, after head: LogHead, kinds: [Int32]) {
        self.plan = plan
        self.head = head
        self.kinds = kinds
        self.events = plan.events
        self.aliases = Self.aliases(plan)
    }

    var isSettled: Bool { plan.isSettled }
    var firstPosition: Position { head.position + 1 }
    var sequence: Int64 { head.sequence + 1 }
    /// The plan's, or the one before carried on.
    var cursor: LogCursor? {
        guard let incarnation = plan.incarnation, let place = plan.lastPlace else { return head.cursor }
        return LogCursor(incarnation: incarnation, place: place)
    }

    func batch(of event: AppendPlan.Event) -> EventBatch? { plan.batch(event.entry) }

    /// The event's other identities.
    func aliases(of event: AppendPlan.Event) -> [Key128] { aliases[Self.index(event)] ?? [] }

    var lookups: Lookups {
        var lookups = Lookups(lanes: [plan.lane] + plan.formerLanes.filter { $0 != plan.lane })
        for event in events where event.verdict == .open {
            guard let batch = batch(of: event) else { continue }
            let key = batch.records[Int(event.record)].header.key
            lookups.keys.append(key)
            // Where the sender's clock was ahead, the event may lie in a partition before its own time.
            lookups.aliases += [key] + aliases(of: event)
        }
        lookups.keys.sort()
        return lookups
    }

    /// Decides every open event, in order: the first of several equal ones is the one that counts.
    mutating func settle(by found: Found) {
        var found = found
        // An event that memory accepted may be repeated by one that memory could no longer judge.
        let open = Set(lookups.keys)
        for event in events where event.verdict == .accepted {
            guard let header = batch(of: event)?.records[Int(event.record)].header else { continue }
            if open.contains(header.key) { found.keys[header.key] = header.content }
        }
        for index in events.indices where events[index].verdict == .open {
            guard let batch = batch(of: events[index]) else { continue }
            let header = batch.records[Int(events[index].record)].header
            let others = aliases(of: events[index])
            let known = [found.keys[header.key], found.aliases[header.key]] + others.map { found.aliases[$0] }
            let contents = known.compactMap(\.self)
            if contents.isEmpty {
                events[index].verdict = .accepted
                found.keys[header.key] = header.content
                for alias in others { found.aliases[alias] = header.content }
                lookedUp.append(
                    AppendReceipt.Identity(
                        key: header.key, content: header.content, receivedAt: header.receivedAt))
            } else {
                events[index].verdict = contents.contains(header.content) ? .duplicate : .conflict
            }
        }
    }

    private static func index(_ event: AppendPlan.Event) -> Int64 { Int64(event.entry) << 32 | Int64(event.record) }

    private static func aliases(_ plan: AppendPlan) -> [Int64: [Key128]] {
        var aliases: [Int64: [Key128]] = [:]
        for (index, entry) in plan.entries.enumerated() {
            guard case .batch(let batch) = entry.content else { continue }
            for alias in batch.aliases {
                aliases[Int64(index) << 32 | Int64(alias.event), default: []].append(alias.alias)
            }
        }
        return aliases
    }
}

extension PendingAppend {
    /// Counts everything, once all verdicts are made, and collects the rows of `log.alias`.
    mutating func count() {
        var position = head.position
        var shop: ShopID?
        var tally = ShopTally()
        for event in events {
            guard let batch = batch(of: event) else { continue }
            let header = batch.records[Int(event.record)].header
            if header.shop != shop {
                add(tally, to: shop)
                (shop, tally) = (header.shop, ShopTally())
            }
            tally.received += 1
            switch event.verdict {
            case .accepted:
                tally.committed += 1
                position += 1
                accept(event, header, position)
            case .duplicate: tally.duplicate += 1
            case .conflict, .unstorable, .open: tally.quarantined += 1
            }
        }
        add(tally, to: shop)
        eventCount = Int(position - head.position)
        countEntries()
        guard let replayed = plan.replayedShop else { return }
        // Was received once and quarantined once already; now only where it is counted changes.
        sheet.count(replayed) { tally in
            tally.received -= 1
            tally.quarantined -= 1
        }
    }

    private mutating func add(_ tally: ShopTally, to shop: ShopID?) {
        guard let shop else { return }
        sheet.count(shop) { $0 += tally }
    }

    private mutating func accept(_ event: AppendPlan.Event, _ header: EventHeader, _ position: Position) {
        let time = header.receivedAt
        receivedRange = receivedRange.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
        var others = aliases(of: event)
        if EventKey.timeMillis(header.key) > time + PendingAppend.aheadMillisMax { others.append(header.key) }
        for alias in others {
            aliasRows.append(AliasRow(alias: alias, content: header.content, position: position, receivedAt: time))
        }
    }

    /// Refusals that the gateway handed over, and batches that are damaged as a whole: one each, of no shop.
    private mutating func countEntries() {
        for entry in plan.entries {
            switch entry.content {
            case .damaged:
                sheet.count(0) { tally in
                    tally.received += 1
                    tally.quarantined += 1
                }
            case .batch(let batch):
                for refusal in batch.tallies {
                    sheet.count(refusal.shop) { tally in
                        tally.received += Int64(refusal.count)
                        tally.refused += Int64(refusal.count)
                    }
                }
            }
        }
    }

    /// A repeat is looked for in partitions from its own time minus this on; where the own time is further ahead of
    /// the receiving clock, the key also becomes an alias.
    static let aheadMillisMax: Int64 = 300_000

    func receipt(wasExpected: Bool) -> AppendReceipt {
        AppendReceipt(
            lane: plan.lane, sequence: sequence, head: head.position + Position(eventCount), total: sheet.total,
            cursor: cursor, wasCommitted: false, wasExpected: wasExpected, lookedUp: lookedUp)
    }
}

extension AppendReceipt {
    /// Of a plan that an earlier attempt has committed.
    init(committed plan: AppendPlan, _ head: LogHead) {
        self.init(
            lane: plan.lane, sequence: head.sequence, head: head.position, total: ShopTally(), cursor: head.cursor,
            wasCommitted: true, wasExpected: false, lookedUp: [])
    }
}

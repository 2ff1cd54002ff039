internal import EventModel

/// One shop's visitor.
struct VisitorKey: Hashable {
    let shop: ShopID
    let visitor: Key128

    func hash(into hasher: inout Hasher) {
        // A visitor's id is a keyed hash already.
        hasher.combine(visitor.low)
    }
}

/// What is known of one visitor's visits. A class, so that the cache and a batch's changes share it.
final class KnownVisitor {
    let key: VisitorKey
    var timeline: VisitorTimeline
    /// All visits that start at or after this are in the timeline, up to its `knownThrough`.
    var knownFrom: Int64

    init(key: VisitorKey, timeline: VisitorTimeline, knownFrom: Int64) {
        self.key = key
        self.timeline = timeline
        self.knownFrom = knownFrom
    }
}

extension KnownVisitor {
    /// A visitor of whom nothing is stored.
    convenience init(new key: VisitorKey) {
        self.init(key: key, timeline: VisitorTimeline(), knownFrom: .min)
    }
}

/// All visitors since the log's beginning, while they are not too many: whoever is not among them need not be looked up.
struct SeenVisitors {
    /// Some 16 MB; a longer log's new visitors are looked up again.
    static let countMax = 1 << 20

    private var visitors: Set<UInt64> = []
    private var isFull = false

    /// True where the visitor was certainly never met before.
    mutating func insert(_ key: VisitorKey) -> Bool {
        guard !isFull else { return false }
        // Ids are keyed hashes, so half of one and the shop tell visitors apart; where they do not, a look-up does.
        guard visitors.insert(key.visitor.low ^ UInt64(UInt32(bitPattern: key.shop)) &* 0x9E37_79B9_7F4A_7C15).inserted
        else { return false }
        if visitors.count >= Self.countMax {
            visitors = []
            isFull = true
        }
        return true
    }
}

/// Visitors of late batches, so that an open visit is not read before each write. Two generations: when the young one is
/// full the old one goes; what is used moves to the young one.
struct SessionCache {
    /// Visitors a generation; about 1.5 kB each.
    static let countMax = 8192
    /// Visits of a visitor that stay without looking at their time.
    private static let visitsKept = 8
    /// Visits that began longer than this before the newest are dropped from memory; far beyond what live events touch.
    private static let keptMillis: Int64 = 3 * 86_400_000

    private var young: [VisitorKey: KnownVisitor] = [:]
    private var old: [VisitorKey: KnownVisitor] = [:]

    /// The visitor, if its visits from `from` on are known, as far as they were read.
    mutating func visitor(_ key: VisitorKey, from: Int64) -> KnownVisitor? {
        guard let known = young[key] ?? old[key] else { return nil }
        return known.knownFrom <= from && from <= known.timeline.knownThrough ? known : nil
    }

    /// Keeps a visitor whose changes were committed.
    mutating func keep(_ visitor: KnownVisitor) {
        if young.count >= Self.countMax {
            old = young
            young = [:]
        }
        if visitor.timeline.visits.count > Self.visitsKept { prune(visitor) }
        young[visitor.key] = visitor
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }

    private func prune(_ visitor: KnownVisitor) {
        let visits = visitor.timeline.visits
        guard let newest = visits.last?.state.start else { return }
        let recent = visits.count { $0.state.start >= newest - Self.keptMillis }
        if let from = visitor.timeline.keepLast(max(recent + 1, Self.visitsKept)) { visitor.knownFrom = from }
    }
}

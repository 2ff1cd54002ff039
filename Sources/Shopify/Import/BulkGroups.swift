internal import EventModel

/// The objects of one bucket, each with its children.
struct BulkGroups {
    private struct Group {
        var root: Range<Int>?
        var children: [Range<Int>] = []
    }

    let bucket: Int
    /// Children whose object is not in the file.
    let orphanCount: Int
    private let bytes: [UInt8]
    private let groups: [Group]

    init(bucket: Int, bytes: [UInt8]) {
        self.bucket = bucket
        self.bytes = bytes
        var groups: [Group] = []
        var places: [[UInt8]: Int] = [:]
        var scanner = JSONScanner()
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let line = BulkLine(bytes.span.extracting(start..<end), &scanner), let owner = line.owner {
                let place = places[owner] ?? groups.count
                if place == groups.count {
                    groups.append(Group())
                    places[owner] = place
                }
                if line.parent == nil {
                    groups[place].root = start..<end
                } else {
                    groups[place].children.append(start..<end)
                }
            }
            start = end + 1
        }
        orphanCount = groups.reduce(0) { $0 + ($1.root == nil ? $1.children.count : 0) }
        self.groups = groups.filter { $0.root != nil }
    }

    func objects(from start: Int, limit: Int) -> [HistoryObject] {
        guard start < groups.count else { return [] }
        return groups[start..<min(groups.count, start + limit)].compactMap { group in
            guard let root = group.root, let node = GraphReader.read(bytes.span.extracting(root)) else { return nil }
            var object = HistoryObject(node: node)
            for range in group.children {
                guard let child = GraphReader.read(bytes.span.extracting(range)) else { continue }
                object.add(child)
            }
            return object
        }
    }
}

extension HistoryObject {
    /// Adds a child under its type's name.
    mutating func add(_ child: GraphValue) {
        let type = child["__typename"].text ?? child["id"].gidType.map(String.init) ?? ""
        children[type, default: []].append(child)
    }

    /// An object as a page of a list shows it, its children in connections.
    init(page node: GraphValue, _ resource: HistoryResource) {
        self.init(node: node)
        switch resource {
        case .products: children["ProductVariant"] = node["variants"].nodes
        case .customers: break
        case .orders:
            children["LineItem"] = node["lineItems"].nodes
            children["ShippingLine"] = node["shippingLines"].nodes
        case .abandonedCheckouts: children["AbandonedCheckoutLineItem"] = node["lineItems"].nodes
        }
    }
}

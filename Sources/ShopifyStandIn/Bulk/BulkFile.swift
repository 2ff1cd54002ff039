/// The result of a bulk operation: lines made from the catalogue while they are read.
struct BulkFile: Sendable {
    /// What the query's connection goes through.
    var roots: GraphPages
    /// The query and the node's selections.
    var document: GraphQLDocument
    var selections: [GraphQLDocument.Selection]
    var schema: GraphQLSchema?
    var order: BulkPlan.LineOrder
    /// The end of a partial file.
    var linesMax: Int?
    /// What is sent in place of all that.
    var stored: StoredBulkFile?
    /// Files of fewer roots are measured by making them once; of longer ones the size stays unknown.
    static let measuredRootsMax = 50_000
    /// Roots that are made into one piece of the answer.
    static let pieceRoots = 64

    /// Lines and bytes; bytes are nil for a file that is too long to be made twice.
    func measure() -> (objects: Int, bytes: Int?) {
        if let stored { return (stored.lines, stored.bytes) }
        var lines = 0
        var bytes = 0
        var reader = BulkFileReader(self)
        guard roots.count <= Self.measuredRootsMax else {
            for index in 0..<roots.count { lines += reader.lines(of: roots.node(index)).count }
            return (lines, nil)
        }
        while let piece = reader.next() {
            bytes += piece.count
            lines += piece.count { $0 == 0x0A }
        }
        return (lines, bytes)
    }
}

/// Goes through a bulk file once.
struct BulkFileReader {
    private let file: BulkFile
    private var walker: GraphWalker
    private var root = 0
    private var held: [[UInt8]] = []
    private var linesLeft: Int
    private var random = SplitMix(seed: 7)
    private let stored: StoredBulkFileReader?

    init(_ file: BulkFile) {
        self.file = file
        walker = GraphWalker(document: file.document, variables: .object([]), schema: file.schema)
        walker.isBulk = true
        linesLeft = file.linesMax ?? .max
        stored = file.stored.map(StoredBulkFileReader.init)
    }

    /// The next piece of the file, nil at its end.
    mutating func next() -> [UInt8]? {
        if let stored { return stored.next() }
        guard linesLeft > 0 else { return nil }
        var lines: [[UInt8]] = []
        let window: Int
        if case .mixed(let roots) = file.order { window = max(1, roots) } else { window = BulkFile.pieceRoots }
        if root < file.roots.count {
            let end = min(root + window, file.roots.count)
            while root < end {
                add(self.lines(of: file.roots.node(root)), to: &lines)
                root += 1
            }
            if case .mixed = file.order { lines.shuffle(using: &random) }
        } else {
            lines = held
            held = []
        }
        guard !lines.isEmpty else { return nil }
        lines = Array(lines.prefix(linesLeft))
        linesLeft -= lines.count
        return Array(lines.joined())
    }

    private mutating func add(_ family: [[UInt8]], to lines: inout [[UInt8]]) {
        switch file.order {
        case .parentsFirst, .mixed: lines += family
        case .childrenFirst: lines += family.reversed()
        case .childrenLast:
            lines += family.prefix(1)
            held += family.dropFirst()
        }
    }

    /// The root's line and those of all its children, each ended by a line feed.
    mutating func lines(of node: any GraphNode) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        append(node, file.selections, parent: nil, to: &lines)
        return lines
    }

    private mutating func append(
        _ node: any GraphNode, _ selections: [GraphQLDocument.Selection], parent: WireValue?, to lines: inout [[UInt8]]
    ) {
        var value = walker.select(node, selections)
        if let parent { value = .object(value.members + [WireMember("__parentId", parent)]) }
        var line = value.json(escapingSlashes: true)
        line.append(0x0A)
        lines.append(line)
        for field in walker.fields(selections, on: node.typeName) where GraphWalker.isConnection(field.selections) {
            guard case .list(let children)? = node.field(field.name) else { continue }
            let inner = Self.nodeSelections(field, walker)
            for child in children { append(child, inner, parent: value["id"], to: &lines) }
        }
    }

    /// The selections within `edges { node { … } }`.
    static func nodeSelections(_ field: GraphQLDocument.Field, _ walker: GraphWalker) -> [GraphQLDocument.Selection] {
        let edges = walker.fields(field.selections, on: nil).first { $0.name == "edges" }
        return edges.flatMap { edges in walker.fields(edges.selections, on: nil).first { $0.name == "node" } }?
            .selections ?? []
    }
}

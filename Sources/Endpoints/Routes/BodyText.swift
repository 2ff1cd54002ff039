internal import EventModel
internal import ReadModels

/// The text of a body, read as ingest reads it: strict JSON without a byte order mark; of members of one name the last
/// counts.
struct BodyText {
    private var bytes: [UInt8] = []
    private var hasRepeats = false

    /// The body's value; nil for what is not JSON or is nested too deeply.
    static func value(_ body: [UInt8]) -> JSONValue? {
        // Why it is not JSON does not matter here.
        guard let tree = try? JSONTree(body) else { return nil }
        var text = BodyText()
        text.write(tree.root)
        return JSONValue.parse(text.hasRepeats ? text.bytes : body)
    }

    /// Appends a value without the members that others of their name replace; recursion is bounded by the tree's.
    private mutating func write(_ node: JSONNode) {
        switch node.type {
        case .object:
            let members = node.members
            let last = Dictionary(members.map(\.name).enumerated().map { ($1, $0) }) { $1 }
            hasRepeats = hasRepeats || last.count < members.count
            let kept = members.enumerated().filter { last[$1.name] == $0 }.map(\.element)
            list(kept, "{", "}") { text, member in
                var name = JSONWriter()
                name.value(.string(member.name))
                text.bytes += name.bytes + [UInt8(ascii: ":")]
                text.write(member.value)
            }
        case .array: list(node.elements, "[", "]") { $0.write($1) }
        default: bytes += Array(node.json.utf8)
        }
    }

    private mutating func list<Item>(
        _ items: [Item], _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ write: (inout BodyText, Item) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(&self, item)
        }
        bytes.append(UInt8(ascii: close))
    }
}

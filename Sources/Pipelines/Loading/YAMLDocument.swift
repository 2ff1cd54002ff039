internal import Foundation
internal import Yams

/// A node of a YAML file that knows its place, so that every fault can be told with file, line and key.
struct YAMLDocument {
    let file: String
    let key: String
    let node: Node

    /// Reads `name` in `folder`.
    static func read(_ name: String, folder: String) throws(PipelineError) -> YAMLDocument {
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent(name), encoding: .utf8)
        } catch {
            throw PipelineError(file: name, message: "cannot be read in \(folder)")
        }
        return try self.parse(text, file: name)
    }

    /// Parses `text`, called `file` in faults.
    static func parse(_ text: String, file: String) throws(PipelineError) -> YAMLDocument {
        do {
            guard let node = try compose(yaml: text) else {
                throw PipelineError(file: file, message: "is empty")
            }
            return YAMLDocument(file: file, key: "", node: node)
        } catch let error as PipelineError {
            throw error
        } catch let error as YamlError {
            throw PipelineError(file: file, message: "is not YAML: \(error)")
        } catch {
            throw PipelineError(file: file, message: "is not YAML")
        }
    }

    /// A fault at this node.
    func fault(_ message: String) -> PipelineError {
        PipelineError(file: self.file, line: self.node.mark?.line, key: self.key, message: message)
    }

    private func at(_ node: Node, _ part: String) -> YAMLDocument {
        YAMLDocument(file: self.file, key: self.key.isEmpty ? part : "\(self.key).\(part)", node: node)
    }

    /// The members of a mapping in the order of the file; an empty value counts as an empty mapping.
    func members() throws(PipelineError) -> [(name: String, value: YAMLDocument)] {
        if self.isEmpty { return [] }
        guard let mapping = self.node.mapping else { throw self.fault("has to be a mapping of keys to values") }
        var members: [(name: String, value: YAMLDocument)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw self.fault("a key has to be plain text") }
            members.append((name, self.at(value, name)))
        }
        return members
    }

    /// The members of a mapping that may have only the keys in `allowed`.
    func members(allowed: [String]) throws(PipelineError) -> [String: YAMLDocument] {
        var members: [String: YAMLDocument] = [:]
        for (name, value) in try self.members() {
            guard allowed.contains(name) else {
                throw value.fault("is not known; allowed here: \(allowed.sorted().joined(separator: ", "))")
            }
            members[name] = value
        }
        return members
    }

    /// Null or nothing.
    var isEmpty: Bool {
        guard let scalar = self.node.scalar else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    /// Text.
    func string() throws(PipelineError) -> String {
        guard let scalar = self.node.scalar, !self.isEmpty else { throw self.fault("has to be a text") }
        return scalar.string
    }

    /// `true` or `false`.
    func bool() throws(PipelineError) -> Bool {
        switch self.node.scalar?.string {
        case "true": return true
        case "false": return false
        default: throw self.fault("has to be true or false")
        }
    }

    /// Texts of a list; lists inside it (from YAML anchors) are opened, a single text is a list of one.
    func strings() throws(PipelineError) -> [String] {
        try self.leaves().map { (leaf) throws(PipelineError) in try leaf.string() }
    }

    /// The scalars of a list in order, with their places.
    func leaves() throws(PipelineError) -> [YAMLDocument] {
        if self.isEmpty { return [] }
        guard let sequence = self.node.sequence else { return [self] }
        var leaves: [YAMLDocument] = []
        for (index, node) in sequence.enumerated() { leaves += try self.at(node, "\(index)").leaves() }
        return leaves
    }
}

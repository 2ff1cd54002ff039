/// What is wrong with a file under `pipelines/`, and where.
package struct PipelineError: Error, Sendable, CustomStringConvertible {
    /// The file's name inside the folder.
    package let file: String
    /// The line, counted from 1; nil when the fault has none (a missing file).
    package let line: Int?
    /// The keys that lead to the fault, dotted; empty at the top.
    package let key: String
    /// The fault and what would be allowed.
    package let message: String

    /// A fault in `file`.
    package init(file: String, line: Int? = nil, key: String = "", message: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    /// `FILE:LINE: KEYS: MESSAGE`.
    package var description: String {
        let place = self.line.map { ":\($0)" } ?? ""
        return "\(self.file)\(place): \(self.key.isEmpty ? "" : self.key + ": ")\(self.message)"
    }
}

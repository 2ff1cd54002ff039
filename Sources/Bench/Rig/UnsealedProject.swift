internal import Foundation

/// The project's folder with a pixel pipeline that seals nothing, all else the same.
enum UnsealedProject {
    private static let pipeline = "web-pixel.yaml"
    private static let sealing = ["  seal:", "  seal_inside:", "  handles:", "  sweep_email:"]

    /// Makes it at `folder`, of links to `project` but for that pipeline.
    static func make(of project: String, at folder: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder + "/pipelines", withIntermediateDirectories: true)
        for name in ["schema", "dashboards"] {
            try files.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "\(project)/\(name)")
        }
        for name in try files.contentsOfDirectory(atPath: project + "/pipelines") where name != pipeline {
            try files.createSymbolicLink(
                atPath: "\(folder)/pipelines/\(name)", withDestinationPath: "\(project)/pipelines/\(name)")
        }
        let text = try String(contentsOfFile: "\(project)/pipelines/\(pipeline)", encoding: .utf8)
        try Data(try unsealed(text).utf8).write(to: URL(fileURLWithPath: "\(folder)/pipelines/\(pipeline)"))
    }

    /// Without the members of `defaults` that seal, and the lines below them.
    private static func unsealed(_ text: String) throws -> String {
        var kept: [Substring] = []
        var isInDefaults = false
        var isSealing = false
        var left = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let indent = line.prefix { $0 == " " }.count
            if indent == 0, !line.isEmpty { isInDefaults = line.hasPrefix("defaults:") }
            if indent <= 2 {
                isSealing = isInDefaults && sealing.contains { line.hasPrefix($0) }
                if isSealing { left += 1 }
            }
            if !isSealing { kept.append(line) }
        }
        guard left == sealing.count else { throw BenchError("\(pipeline) has another form than is known here") }
        return kept.joined(separator: "\n")
    }
}

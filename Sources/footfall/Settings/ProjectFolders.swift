internal import Foundation

/// The folders the program reads at run time: `schema/`, `pipelines/`, `dashboards/`.
///
/// Looked for in `FOOTFALL_HOME`, then upwards from the executable and from the working folder.
struct ProjectFolders {
    let root: String
    var schema: String { root + "/schema" }
    var projections: String { root + "/schema/projections" }
    var dictionaries: String { root + "/schema/dictionaries" }
    var pipelines: String { root + "/pipelines" }
    var dashboard: String { root + "/dashboards/merchant" }

    static func locate() throws -> ProjectFolders {
        let files = FileManager.default
        func holds(_ folder: String) -> Bool { files.fileExists(atPath: folder + "/schema/001_registry.sql") }
        if let home = ProcessInfo.processInfo.environment["FOOTFALL_HOME"] {
            guard holds(home) else { throw CommandFailure("FOOTFALL_HOME is \(home), but there is no schema/ in it.") }
            return ProjectFolders(root: home)
        }
        let executable = (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""  // absent outside Linux
        for start in [executable, files.currentDirectoryPath] where !start.isEmpty {
            var folder = URL(fileURLWithPath: start)
            while folder.path != "/" {
                if holds(folder.path) { return ProjectFolders(root: folder.path) }
                folder.deleteLastPathComponent()
            }
        }
        throw CommandFailure("schema/ and pipelines/ were not found; set FOOTFALL_HOME to the folder that has them.")
    }
}

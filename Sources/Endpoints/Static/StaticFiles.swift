internal import Foundation

/// Files that are served as they are, read once at start-up: the merchant's page and the chart library.
package struct StaticFiles: Sendable {
    struct File: Sendable {
        var bytes: [UInt8]
        var type: String
        var tag: String
    }

    /// A page with more or larger files than this is not ours.
    private static let bytesMax = 16 << 20

    private(set) var files: [String: File] = [:]

    /// No files.
    package init() {}

    /// All files of a folder, except hidden ones, under their path in it; throws where the folder cannot be read.
    package init(folder: String) throws {
        let root = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        var total = 0
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
            var isFolder: ObjCBool = false
            let full = root.appendingPathComponent(path).path
            guard !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }),
                unsafe FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue
            else { continue }
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: full)))
            total += bytes.count
            guard total <= Self.bytesMax else { throw CocoaError(.fileReadTooLarge) }
            add(path, bytes)
        }
    }

    /// Adds one file from elsewhere, such as a library of the distribution; throws where it cannot be read.
    package mutating func add(_ path: String, from file: String) throws {
        add(path, [UInt8](try Data(contentsOf: URL(fileURLWithPath: file))))
    }

    private mutating func add(_ path: String, _ bytes: [UInt8]) {
        files[path] = File(bytes: bytes, type: Self.type(of: path), tag: ContentTag.tag(bytes))
    }

    private static func type(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "woff2": "font/woff2"
        case "txt", "md": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}

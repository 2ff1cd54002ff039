package import FoundationEssentials

/// Files of the package, found from this source file.
package enum PackageFolder {
    /// The path of a file or folder relative to `Package.swift`.
    package static func path(_ relative: String, from file: String = #filePath) -> String {
        let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return root + "/" + relative
    }
}

/// Test vectors from public sources, kept in `Tests/Fixtures`.
package enum Vectors {
    /// Vectors that are nowhere to be found.
    package struct Missing: Error {
        /// The name asked for.
        package let name: String
    }

    /// The bytes of `NAME.json`.
    package static func load(_ name: String) throws -> Data {
        let path = PackageFolder.path("Tests/Fixtures/\(name).json")
        guard let bytes = FileManager.default.contents(atPath: path) else { throw Missing(name: name) }
        return bytes
    }
}

package import FoundationEssentials

/// Files of the package, found from this source file.
package enum PackageFolder {
    /// The path of a file or folder relative to `Package.swift`.
    package static func path(_ relative: String, from file: String = #filePath) -> String {
        let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return root + "/" + relative
    }
}

/// Test vectors that every part of the product shares.
package enum Vectors {
    /// Vectors that are nowhere to be found.
    package struct Missing: Error {
        /// The name asked for.
        package let name: String
    }

    /// The bytes of `NAME.json`: of the folder shared beside the package, else of the package's own copies.
    package static func load(_ name: String) throws -> Data {
        for folder in ["../shared/shopify/vectors", "Tests/Fixtures"] {
            let path = PackageFolder.path("\(folder)/\(name).json")
            if let bytes = FileManager.default.contents(atPath: path) { return bytes }
        }
        throw Missing(name: name)
    }
}

import Foundation
import TestSupport

extension PackageFolder {
    /// The text of a file of the package.
    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: PackageFolder.path(path), encoding: .utf8)
    }
}

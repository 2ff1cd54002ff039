internal import EventModel
internal import Foundation

/// The compression dictionaries in schema/dictionaries/, `NNN.lz4dict`.
enum Dictionaries {
    static func load(_ folders: ProjectFolders) throws -> PayloadDictionaries {
        var all: [UInt8: [UInt8]] = [:]
        for version in UInt8(1)...UInt8.max {
            guard let data = FileManager.default.contents(atPath: file(version: version, folders)) else { break }
            all[version] = Array(data)
        }
        return PayloadDictionaries(all)
    }

    static func file(version: UInt8, _ folders: ProjectFolders) -> String {
        let digits = String(version)
        return folders.dictionaries + "/" + String(repeating: "0", count: 3 - digits.count) + digits + ".lz4dict"
    }
}

internal import Foundation
internal import Synchronization

/// What commands say to people: results on standard output, everything else on standard error.
///
/// A reader that has gone (`footfall log export | head`) ends nothing: the command does its work to the end and what it
/// still says is dropped. Any other failure to write makes the command fail when it is done.
enum Terminal {
    private static let failure = Mutex<String?>(nil)

    static func print(_ text: String) {
        write(Data((text + "\n").utf8), to: .standardOutput)
    }

    static func error(_ text: String) {
        write(Data((text + "\n").utf8), to: .standardError)
    }

    /// Writes bytes as they are; false where they did not arrive.
    @discardableResult
    static func write(_ bytes: Data, to handle: FileHandle) -> Bool {
        do {
            try handle.write(contentsOf: bytes)
            return true
        } catch {
            if !isBrokenPipe(error) {
                failure.withLock { $0 = $0 ?? "The output cannot be written: \(error.localizedDescription)" }
            }
            return false
        }
    }

    /// Why results could not be written; nil where they were, or where nobody wanted them any more.
    static var outputFailure: String? { failure.withLock { $0 } }

    private static func isBrokenPipe(_ error: any Error) -> Bool {
        var current: NSError? = error as NSError
        while let here = current {
            if here.domain == NSPOSIXErrorDomain, here.code == Int(EPIPE) { return true }
            current = here.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        return false
    }

    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Prints `value` as one line of JSON with sorted keys.
    static func print(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Prints rows in columns as wide as their widest cell.
    static func print(table header: [String], _ rows: [[String]]) {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [header] + rows {
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            print(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
    }
}

/// A command that could not do its work; the message is what the person reads.
struct CommandFailure: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

internal import EventModel
internal import Foundation
internal import Logging
internal import Synchronization

/// Writes log lines to standard error, as text for people or as one JSON object a line for machines.
struct LogOutput: LogHandler {
    let label: String
    let json: Bool
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private static let writesJSON = Mutex(false)

    /// Makes this the handler of every logger of the process; called once, before the first logger is made.
    static func install(level: Logger.Level, json: Bool) {
        writesJSON.withLock { $0 = json }
        LoggingSystem.bootstrap { LogOutput(label: $0, json: json, logLevel: level) }
    }

    /// Tells the person at the terminal; where logs are for machines it is one of their lines.
    static func say(_ text: String) {
        Terminal.print(writesJSON.withLock(\.self) ? line("footfall", .info, text) : text)
    }

    /// Tells why the program ends, or how far it is, in the form of the logs.
    static func tell(_ text: String, level: Logger.Level = .info) {
        Terminal.error(writesJSON.withLock(\.self) ? line("footfall", level, text) : text)
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }.mapValues { "\($0)" }
        if json { return Terminal.error(Self.line(label, event.level, "\(event.message)", all)) }
        let tail = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let text = "\(Self.now) \(event.level.rawValue) \(label): \(event.message)\(tail)"
        Terminal.error(Self.folded(text))
    }

    private static func line(
        _ label: String, _ level: Logger.Level, _ message: String, _ metadata: [String: String] = [:]
    ) -> String {
        var fields = metadata
        fields["time"] = now
        fields["level"] = level.rawValue
        fields["logger"] = label
        fields["message"] = message
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(fields) else { return "{}" }  // strings always encode
        return String(decoding: data, as: UTF8.self)
    }

    /// A record is a line, also where what it tells of takes several, as libpq's errors do.
    private static func folded(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " | ")
    }

    private static var now: String { Timestamp.text(Int64(Date().timeIntervalSince1970 * 1000)) }
}

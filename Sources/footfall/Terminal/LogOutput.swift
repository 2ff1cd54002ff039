internal import EventModel
internal import Foundation
internal import Logging

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

    /// Makes this the handler of every logger of the process; called once, before the first logger is made.
    static func install(level: Logger.Level, json: Bool) {
        LoggingSystem.bootstrap { LogOutput(label: $0, json: json, logLevel: level) }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let now = Timestamp.text(Int64(Date().timeIntervalSince1970 * 1000))
        if json {
            var fields = all.mapValues { "\($0)" }
            fields["time"] = now
            fields["level"] = event.level.rawValue
            fields["logger"] = label
            fields["message"] = "\(event.message)"
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(fields) else { return }  // strings always encode
            Terminal.error(String(decoding: data, as: UTF8.self))
        } else {
            let tail = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            Terminal.error("\(now) \(event.level.rawValue) \(label): \(event.message)\(tail)")
        }
    }
}

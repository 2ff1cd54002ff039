internal import EventModel
internal import Postgres

/// Takes bytes.
protocol ByteSink {
    func write(_ bytes: [UInt8]) throws
}

/// Gives bytes, in pieces of any size.
protocol ByteSource {
    func next() throws -> [UInt8]?
}

extension ByteWriter: ByteSink {}

extension ByteReader: ByteSource {
    func next() throws -> [UInt8]? { try read(upTo: Self.pieceBytes) }
}

/// Rows of tables as COPY's text: frames of kind u8 · length u32 (little-endian) · bytes. A table is a head (its name and
/// columns, separated by spaces), any number of pieces of rows, and an end; the archive ends with an end of its own, so
/// that one cut short is noticed.
enum TableArchive {
    private enum Kind: UInt8 { case table = 1, rows, tableEnd, end }

    /// Rows wait until there are so many bytes of them.
    private static let pieceBytes = 48 << 10

    /// Writes what each part selects.
    static func write(_ parts: [KeptApart.Part], from connection: PostgresConnection, to sink: some ByteSink) throws {
        for part in parts {
            let columns = try part.columns(on: connection)
            try sink.write(frame(.table, Array(([part.name] + columns).joined(separator: " ").utf8)))
            var rows: [UInt8] = []
            try connection.copyOutBytes("COPY (\(part.select(columns))) TO STDOUT") { bytes in
                rows += bytes
                guard rows.count >= pieceBytes else { return }
                try sink.write(frame(.rows, rows))
                rows.removeAll(keepingCapacity: true)
            }
            if !rows.isEmpty { try sink.write(frame(.rows, rows)) }
            try sink.write(frame(.tableEnd, []))
        }
        try sink.write(frame(.end, []))
    }

    /// Puts the rows of each part where it says; parts that are not known are refused.
    static func read(_ parts: [KeptApart.Part], from source: some ByteSource, into connection: PostgresConnection)
        throws
    {
        var frames = Frames(source)
        while case let (kind, bytes) = try frames.next(), kind != .end {
            let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
            guard kind == .table, let part = parts.first(where: { $0.name == words.first }) else {
                throw BackupError(.damaged, "a file of tables holds what this version does not know")
            }
            let columns = words.dropFirst().joined(separator: ", ")
            if let merge = part.merge {
                try connection.execute("create temp table \(merge.table) (\(merge.definition))")
            }
            _ = try connection.copyInBytes("COPY \(part.merge?.table ?? part.table) (\(columns)) FROM STDIN") {
                let (kind, bytes) = try frames.next()
                guard kind == .rows || kind == .tableEnd else {
                    throw BackupError(.damaged, "a file of tables is not in order")
                }
                return kind == .rows ? bytes : nil
            }
            if let merge = part.merge {
                try connection.execute("analyze \(merge.table); \(merge.statement); drop table \(merge.table);")
            }
        }
    }

    private static func frame(_ kind: Kind, _ bytes: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [kind.rawValue]
        frame.appendInteger(UInt32(bytes.count))
        return frame + bytes
    }

    /// Cuts a source's pieces into frames.
    private struct Frames<Source: ByteSource> {
        private let source: Source
        private var waiting: [UInt8] = []

        init(_ source: Source) { self.source = source }

        mutating func next() throws -> (Kind, [UInt8]) {
            let head = try take(5)
            guard let kind = Kind(rawValue: head[0]) else {
                throw BackupError(.damaged, "a file of tables cannot be read")
            }
            return (kind, try take(head[1...].reversed().reduce(0) { $0 << 8 | Int($1) }))
        }

        private mutating func take(_ count: Int) throws -> [UInt8] {
            while waiting.count < count {
                guard let piece = try source.next() else {
                    throw BackupError(.damaged, "a file of tables ends too early")
                }
                waiting += piece
            }
            defer { waiting.removeFirst(count) }
            return Array(waiting.prefix(count))
        }
    }
}

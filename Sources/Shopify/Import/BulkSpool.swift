internal import Blocking
internal import Cryptography
internal import EventModel
internal import Reactors

/// Brings the objects of a bulk file together with their children, in whatever order the lines come, in bounded memory.
///
/// Lines go to one of some buckets by their object's id, and buckets to a file; a bucket is then small enough to be
/// grouped in memory. The file is sealed under a key that exists in this process only and has no name, so nothing of
/// the shop's customers is left behind or readable on the disk. It takes as much room as the bulk file.
actor BulkSpool {
    /// What a bucket should hold: grouped in memory with room to spare.
    static let bucketBytes: Int64 = 4 << 20
    /// Each bucket has a buffer; so many buffers take 16 MB. Files beyond 4 GB have larger buckets.
    static let bucketsMax = 1024
    /// For a file of which Shopify does not say how large it is: good up to 1 GB.
    private static let bucketsUnknown = 256
    /// A buffer is sealed and written before it would hold more; only a longer line makes it grow.
    private static let blockBytes = 16 << 10
    /// A line is one object: 16 MiB is above anything that Shopify stores in one.
    private static let lineBytesMax = 16 << 20

    private let executor = BlockingExecutor(label: "footfall.import.spool")
    private let file: SpoolFile
    private var buffers: [[UInt8]]
    private var blocks: [[SpoolFile.Block]]
    private let firstBucket: Int
    private var line: [UInt8] = []
    private var scanner = JSONScanner()
    private var group: BulkGroups?

    /// Lines that are no objects.
    private(set) var refused: Int64 = 0

    /// The number of buckets for a file of this size; nil is unknown.
    static func buckets(forBytes bytes: Int64?) -> Int {
        guard let bytes else { return bucketsUnknown }
        return Int(min(max(1, bytes / bucketBytes + 1), Int64(bucketsMax)))
    }

    /// A spool in `folder`. Lines of buckets before `firstBucket` are left out: they are recorded already.
    init(folder: String, buckets: Int, firstBucket: Int) throws {
        file = try SpoolFile(folder: folder)
        buffers = Array(repeating: [], count: buckets)
        blocks = Array(repeating: [], count: buckets)
        self.firstBucket = firstBucket
    }

    /// Its own queue, because it writes to the disk.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Takes in the next bytes of the file.
    func take(_ bytes: [UInt8]) throws {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            line += bytes[start..<end]
            try endLine()
            start = end + 1
        }
        line += bytes[start...]
        guard line.count <= Self.lineBytesMax else {
            throw TaskFailure.permanent("a line of the bulk file is too long")
        }
    }

    /// Ends the file: its last line may lack its end.
    func finish() throws {
        try endLine()
        for bucket in buffers.indices { try flush(bucket) }
        buffers = []
    }

    /// Up to `limit` more objects of a bucket, from `start` on; empty at its end. A bucket is read once. Children that have no parent in the
    /// file are counted as refused when the bucket begins.
    func objects(bucket: Int, from start: Int, limit: Int) throws -> [HistoryObject] {
        if group?.bucket != bucket {
            group = nil
            var bytes: [UInt8] = []
            bytes.reserveCapacity(blocks[bucket].reduce(0) { $0 + Int($1.count) })
            for block in blocks[bucket] { bytes += try file.read(block) }
            blocks[bucket] = []
            let made = BulkGroups(bucket: bucket, bytes: bytes)
            refused += Int64(made.orphanCount)
            group = made
        }
        return group?.objects(from: start, limit: limit) ?? []
    }

    private func endLine() throws {
        defer { line.removeAll(keepingCapacity: true) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.contains(where: { $0 > 0x20 }) else { return }
        guard let owner = BulkLine(line.span, &scanner)?.owner else {
            refused += 1
            return
        }
        let bucket = Int(Checksum.xxh64(owner.span) % UInt64(buffers.count))
        guard bucket >= firstBucket else { return }
        if buffers[bucket].count + line.count >= Self.blockBytes { try flush(bucket) }
        if buffers[bucket].isEmpty { buffers[bucket].reserveCapacity(Self.blockBytes) }
        buffers[bucket] += line
        buffers[bucket].append(UInt8(ascii: "\n"))
    }

    private func flush(_ bucket: Int) throws {
        guard !buffers[bucket].isEmpty else { return }
        blocks[bucket].append(try file.append(buffers[bucket]))
        buffers[bucket].removeAll(keepingCapacity: buffers[bucket].count <= Self.blockBytes)
    }
}

/// What a line of a bulk file is: an object, or a child of one.
struct BulkLine {
    private static let pointers = PointerSet(["/id", "/__parentId"])

    /// The object's own id, as text; nil for children that have none (discount applications).
    let id: [UInt8]?
    /// The id of the object it is a child of.
    let parent: [UInt8]?

    /// The id that keeps an object and its children together.
    var owner: [UInt8]? { parent ?? id }

    /// Nil for what is no JSON object.
    init?(_ line: Span<UInt8>, _ scanner: inout JSONScanner) {
        guard line.count > 0, line[0] == UInt8(ascii: "{") else { return nil }
        // What is no JSON is counted by the caller.
        do { try scanner.scan(line, pointers: Self.pointers) } catch { return nil }
        func text(_ pointer: Int) -> [UInt8]? {
            scanner.matches.last { $0.pointer == pointer && $0.type == .string }.map { JSONText.content(line, $0) }
        }
        id = text(0)
        parent = text(1)
    }
}

package import EventModel

/// A country database in MaxMind's format (MMDB 2.0), read from memory: `GeoLite2-Country` and its like.
///
/// A look-up walks at most 128 nodes and reads one small record; nothing is allocated but the keys' comparison. Damaged
/// files give unknown countries, never a trap.
package struct CountryDatabase: Sendable {
    private let bytes: [UInt8]
    private let nodeCount: Int
    private let recordBits: Int
    private let isIPv6: Bool
    /// Where the records' data begins.
    private let dataStart: Int

    /// Why bytes are no such database.
    package enum Failure: Error, Equatable {
        case noMetadata
        case unsupported
    }

    private static let marker: [UInt8] = [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
    /// Zeros between tree and data.
    private static let separatorBytes = 16
    /// The format says that the metadata stands in the last 128 KiB.
    private static let metadataBytesMax = 128 << 10

    /// Reads the metadata; the file's content stays as it is.
    package init(_ bytes: [UInt8]) throws(Failure) {
        let from = max(0, bytes.count - Self.metadataBytesMax)
        var start: Int?
        var place = bytes.count - Self.marker.count
        while place >= from, start == nil {
            if bytes[place...].starts(with: Self.marker) { start = place + Self.marker.count }
            place -= 1
        }
        guard let start else { throw .noMetadata }
        let metadata = MMDBSection(bytes: bytes, base: start)
        guard let nodes = metadata.number(["node_count"], at: start),
            let bits = metadata.number(["record_size"], at: start),
            let version = metadata.number(["ip_version"], at: start), [24, 28, 32].contains(bits),
            [4, 6].contains(version),
            nodes >= 0, nodes < bytes.count, nodes * bits / 4 + Self.separatorBytes <= bytes.count
        else { throw .unsupported }
        self.bytes = bytes
        self.nodeCount = nodes
        self.recordBits = bits
        self.isIPv6 = version == 6
        self.dataStart = nodes * bits / 4 + Self.separatorBytes
    }

    /// The country of an address; unknown where the database does not know it.
    package func country(of address: ClientAddress) -> CountryCode {
        guard let record = record(of: address) else { return .unknown }
        let data = MMDBSection(bytes: bytes, base: dataStart)
        let code =
            data.text(["country", "iso_code"], at: record) ?? data.text(["registered_country", "iso_code"], at: record)
        return code.map { CountryCode($0) } ?? .unknown
    }

    /// Offset of the address's record in the file.
    private func record(of address: ClientAddress) -> Int? {
        var node = 0
        // In a tree of IPv6 addresses the IPv4 ones stand below 96 zeros.
        var (high, low, bits) = (address.high, address.low, 128)
        if address.isIPv4 {
            (high, low, bits) = isIPv6 ? (0, address.low & 0xFFFF_FFFF, 128) : (address.low << 32, 0, 32)
        }
        guard isIPv6 || address.isIPv4 else { return nil }
        for bit in 0..<bits where node < nodeCount {
            let isSet = bit < 64 ? high >> UInt64(63 - bit) & 1 == 1 : low >> UInt64(127 - bit) & 1 == 1
            node = child(of: node, isSet ? 1 : 0)
        }
        guard node > nodeCount else { return nil }
        let offset = node - nodeCount - Self.separatorBytes + dataStart
        return offset >= dataStart && offset < bytes.count ? offset : nil
    }

    private func child(of node: Int, _ side: Int) -> Int {
        let base = node * recordBits / 4
        func byte(_ offset: Int) -> Int { Int(bytes[base + offset]) }
        switch recordBits {
        case 24: return byte(side * 3) << 16 | byte(side * 3 + 1) << 8 | byte(side * 3 + 2)
        case 28:
            let middle = side == 0 ? byte(3) >> 4 : byte(3) & 0x0F
            return middle << 24 | byte(side * 4) << 16 | byte(side * 4 + 1) << 8 | byte(side * 4 + 2)
        default: return (0..<4).reduce(0) { $0 << 8 | byte(side * 4 + $1) }
        }
    }
}

/// The typed values of a section of an MMDB file. Pointers count from `base`.
struct MMDBSection {
    let bytes: [UInt8]
    let base: Int

    private enum Kind {
        static let pointer = 1
        static let text = 2
        static let map = 7
        static let array = 11
        static let boolean = 14
        /// Unsigned integers of 2, 4, 8 and 16 bytes.
        static let numbers: Set<Int> = [5, 6, 9, 10]
    }

    /// One value: what it is, where its content begins, and how long it is (members of a map, items of an array).
    private struct Value {
        let kind: Int
        let start: Int
        let size: Int
    }

    /// Maps in maps that are followed or passed over; real files need four.
    private static let depthMax = 16

    /// The text at `path` below the map at `offset`.
    func text(_ path: [String], at offset: Int) -> String? {
        guard let value = find(path[...], at: offset), value.kind == Kind.text else { return nil }
        return String(decoding: bytes[value.start..<value.start + value.size], as: UTF8.self)
    }

    /// The number at `path` below the map at `offset`.
    func number(_ path: [String], at offset: Int) -> Int? {
        guard let value = find(path[...], at: offset), Kind.numbers.contains(value.kind), value.size <= 7 else {
            return nil
        }
        return bytes[value.start..<value.start + value.size].reduce(0) { $0 << 8 | Int($1) }
    }

    private func find(_ path: ArraySlice<String>, at offset: Int) -> Value? {
        guard let (value, _) = read(offset, depth: 0) else { return nil }
        guard let key = path.first else { return value }
        guard value.kind == Kind.map else { return nil }
        var place = value.start
        for _ in 0..<value.size {
            guard let (name, valuePlace) = read(place, depth: 0), name.kind == Kind.text else { return nil }
            if bytes[name.start..<name.start + name.size].elementsEqual(key.utf8) {
                return find(path.dropFirst(), at: valuePlace)
            }
            guard let next = skip(valuePlace, depth: 0) else { return nil }
            place = next
        }
        return nil
    }

    /// The value at `offset`, pointers followed, and the offset behind what stands there.
    private func read(_ offset: Int, depth: Int) -> (Value, next: Int)? {
        guard depth < Self.depthMax, offset >= 0, offset < bytes.count else { return nil }
        let control = Int(bytes[offset])
        var place = offset + 1
        var kind = control >> 5
        if kind == Kind.pointer { return followPointer(control, place, depth) }
        if kind == 0 {
            guard place < bytes.count else { return nil }
            kind = Int(bytes[place]) + 7
            place += 1
        }
        var size = control & 0x1F
        if size >= 29 {
            let extra = size - 28
            guard place + extra <= bytes.count else { return nil }
            let more = bytes[place..<place + extra].reduce(0) { $0 << 8 | Int($1) }
            size = more + [29, 285, 65_821][extra - 1]
            place += extra
        }
        let isContainer = kind == Kind.map || kind == Kind.array
        let length = isContainer || kind == Kind.boolean ? 0 : size
        guard place + length <= bytes.count else { return nil }
        return (Value(kind: kind, start: place, size: size), place + length)
    }

    private func followPointer(_ control: Int, _ place: Int, _ depth: Int) -> (Value, next: Int)? {
        let extra = (control >> 3 & 3) + 1
        guard place + extra <= bytes.count else { return nil }
        let low = bytes[place..<place + extra].reduce(0) { $0 << 8 | Int($1) }
        let high = extra == 4 ? 0 : (control & 7) << (8 * extra)
        let target = base + (high | low) + [0, 2_048, 526_336, 0][extra - 1]
        guard let (value, _) = read(target, depth: depth + 1) else { return nil }
        return (value, place + extra)
    }

    /// The offset behind the value at `offset`.
    private func skip(_ offset: Int, depth: Int) -> Int? {
        guard depth < Self.depthMax, offset < bytes.count, let (value, next) = read(offset, depth: 0) else {
            return nil
        }
        let isPointer = bytes[offset] >> 5 == Kind.pointer
        guard !isPointer, value.kind == Kind.map || value.kind == Kind.array else { return next }
        var place = value.start
        for _ in 0..<(value.kind == Kind.map ? value.size * 2 : value.size) {
            guard let end = skip(place, depth: depth + 1) else { return nil }
            place = end
        }
        return place
    }
}

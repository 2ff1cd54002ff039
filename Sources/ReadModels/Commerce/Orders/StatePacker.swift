internal import EventModel

/// Writes or reads a value, so that its layout is said once.
struct StatePacker {
    private(set) var writer = ByteWriter()
    private var reader: ByteReader?

    init() {}
    init(reading bytes: [UInt8]) { reader = ByteReader(bytes) }

    var isReading: Bool { reader != nil }

    mutating func int(_ value: inout Int64) throws(ByteReader.Damaged) {
        if let read = try reader?.signed() { value = read } else { writer.signed(value) }
    }

    mutating func flag(_ value: inout Bool) throws(ByteReader.Damaged) {
        if let read = try reader?.byte() { value = read == 1 } else { writer.byte(value ? 1 : 0) }
    }

    mutating func text(_ value: inout String) throws(ByteReader.Damaged) {
        if let read = try reader?.text() { value = read } else { writer.text(value) }
    }

    mutating func key(_ value: inout Key128) throws(ByteReader.Damaged) {
        if let high = try reader?.word(), let low = try reader?.word() {
            value = Key128(high: high, low: low)
        } else {
            writer.word(value.high)
            writer.word(value.low)
        }
    }

    mutating func optional<T>(
        _ value: inout T?, _ empty: T, _ pack: (inout StatePacker, inout T) throws(ByteReader.Damaged) -> Void
    ) throws(ByteReader.Damaged) {
        var isThere = value != nil
        try flag(&isThere)
        guard isThere else {
            value = nil
            return
        }
        var held = value ?? empty
        try pack(&self, &held)
        value = held
    }

    mutating func int(_ value: inout Int64?) throws(ByteReader.Damaged) {
        try optional(&value, 0) { (packer, value) throws(ByteReader.Damaged) in try packer.int(&value) }
    }

    mutating func text(_ value: inout String?) throws(ByteReader.Damaged) {
        try optional(&value, "") { (packer, value) throws(ByteReader.Damaged) in try packer.text(&value) }
    }

    mutating func key(_ value: inout Key128?) throws(ByteReader.Damaged) {
        try optional(&value, .zero) { (packer, value) throws(ByteReader.Damaged) in try packer.key(&value) }
    }

    mutating func list<T>(
        _ values: inout [T], _ empty: T, _ pack: (inout StatePacker, inout T) throws(ByteReader.Damaged) -> Void
    ) throws(ByteReader.Damaged) {
        var count = Int64(values.count)
        try int(&count)
        if isReading { values = [] }
        for index in 0..<max(0, Int(clamping: count)) {
            var value = isReading ? empty : values[index]
            try pack(&self, &value)
            if isReading { values.append(value) }
        }
    }

    mutating func texts(_ values: inout [String]) throws(ByteReader.Damaged) {
        try list(&values, "") { (packer, value) throws(ByteReader.Damaged) in try packer.text(&value) }
    }

    mutating func version(_ value: inout PayloadVersion) throws(ByteReader.Damaged) {
        try int(&value.time)
        try int(&value.rank)
        try int(&value.members)
        try key(&value.content)
    }
}

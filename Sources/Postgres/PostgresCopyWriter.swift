internal import CLibPQ

/// Writes rows in COPY's binary form into one buffer, without an allocation a field.
///
/// Lent by `copyIn` it flushes to the server at 64 KiB. Made by `init` it only collects, so that one thread can encode
/// the next batch while another sends the last by `copyData`. Every column must be written with exactly the type of its
/// table column. A failure of the server shows at the end of the COPY; until then writing goes nowhere.
/// Sendable because it is the only owner of its memory; `session` is set only while lent to one thread.
@safe package struct PostgresCopyWriter: ~Copyable, @unchecked Sendable {
    /// libpq sends in pieces of 8 KiB; larger writes save calls until about this size.
    static let flushBytes = 64 * 1024
    /// Room for any scalar and its length.
    private static let slack = 64

    /// Rows begun so far.
    package private(set) var rowCount = 0
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private var count = 0
    private var columnsLeft = 0
    private let session: OpaquePointer?

    /// Collects rows in memory.
    package init() {
        unsafe self.init(session: nil)
    }

    init(session: OpaquePointer?) {
        unsafe self.session = session
        self.capacity = Self.flushBytes + Self.slack
        unsafe self.base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Bytes waiting in the buffer.
    package var byteCount: Int { count }

    /// Forgets the rows and keeps the memory.
    package mutating func removeAll() {
        precondition(columnsLeft == 0, "a row lacks \(columnsLeft) columns")
        count = 0
        rowCount = 0
    }

    /// Lends what is in the buffer.
    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        unsafe try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Begins a row; exactly `columns` values must follow.
    package mutating func startRow(columns: Int) {
        precondition(columnsLeft == 0, "the row before lacks \(columnsLeft) columns")
        columnsLeft = columns
        rowCount += 1
        reserve(Self.slack)
        put(Int16(truncatingIfNeeded: columns))
    }

    /// A null of any type.
    package mutating func null() {
        take(4)
        put(Int32(-1))
    }

    /// "char", which holds one byte.
    package mutating func byte(_ value: UInt8) { scalar(value) }
    /// int2.
    package mutating func int2(_ value: Int16) { scalar(value) }
    /// int4.
    package mutating func int4(_ value: Int32) { scalar(value) }
    /// int8.
    package mutating func int8(_ value: Int64) { scalar(value) }
    /// float8.
    package mutating func double(_ value: Double) { scalar(value.bitPattern) }
    /// timestamptz from Unix milliseconds.
    package mutating func timestamp(_ unixMillis: Int64) { scalar(PostgresTime.microseconds(unixMillis: unixMillis)) }
    /// bool.
    package mutating func bool(_ value: Bool) { scalar(UInt8(value ? 1 : 0)) }

    /// uuid, high and low half.
    package mutating func uuid(_ high: UInt64, _ low: UInt64) {
        take(20)
        put(Int32(16))
        put(high)
        put(low)
    }

    /// text, varchar, json or an enum.
    package mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in unsafe sized(UnsafeRawBufferPointer(utf8)) }
    }

    /// bytea, text, json or an enum.
    package mutating func bytes(_ value: Span<UInt8>) {
        unsafe value.withUnsafeBytes { unsafe sized($0) }
    }

    /// bytea, text, json or an enum.
    package mutating func bytes(_ value: [UInt8]) {
        unsafe value.withUnsafeBytes { unsafe sized($0) }
    }

    /// 16 bytes of bytea from two halves, as keys are stored.
    package mutating func key(_ high: UInt64, _ low: UInt64) { uuid(high, low) }

    /// Any type: the value's own binary form, also for arrays and jsonb. Slower; for what has no method of its own.
    package mutating func value(_ value: PostgresValue) {
        guard !value.isNull else { return null() }
        var encoded: [UInt8] = []
        value.encode(into: &encoded)
        bytes(encoded)
    }
}

extension PostgresCopyWriter {
    /// True when libpq takes no more; why, shows at the end of the COPY.
    static func send(_ bytes: UnsafeRawBufferPointer, to session: OpaquePointer) -> Bool {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
        let chars = unsafe start.assumingMemoryBound(to: CChar.self)
        return unsafe PQputCopyData(session, chars, Int32(bytes.count)) == 1
    }

    /// Hands the buffer to libpq.
    mutating func flush() {
        guard let session = unsafe session else { return }
        _ = unsafe Self.send(UnsafeRawBufferPointer(start: base, count: count), to: session)
        count = 0
    }

    /// Checks that the last row is whole.
    borrowing func checkWhole() {
        precondition(columnsLeft == 0, "the last row lacks \(columnsLeft) columns")
    }

    private mutating func scalar<T: FixedWidthInteger>(_ value: T) {
        take(12)
        put(Int32(MemoryLayout<T>.size))
        put(value)
    }

    private mutating func sized(_ value: UnsafeRawBufferPointer) {
        precondition(value.count <= Int32.max, "a value of more than 2 GiB")
        take(4)
        put(Int32(truncatingIfNeeded: value.count))
        guard let start = value.baseAddress, value.count > 0 else { return }
        if let session = unsafe session, value.count > Self.flushBytes {
            // A large value goes past the buffer; COPY data may be cut anywhere.
            flush()
            _ = unsafe Self.send(value, to: session)
            return
        }
        reserve(value.count)
        unsafe (base + count).copyMemory(from: start, byteCount: value.count)
        count += value.count
    }

    /// Counts one column and makes room for it.
    private mutating func take(_ size: Int) {
        precondition(columnsLeft > 0, "more values than columns")
        columnsLeft -= 1
        reserve(size)
    }

    private mutating func reserve(_ size: Int) {
        if count + size <= capacity { return }
        if unsafe session != nil { flush() }
        if count + size <= capacity { return }
        grow(to: count + size)
    }

    private mutating func grow(to size: Int) {
        let wanted = max(size, capacity * 2)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 8)
        unsafe larger.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity = wanted
    }

    private mutating func put<T: FixedWidthInteger>(_ value: T) {
        unsafe (base + count).storeBytes(of: value.bigEndian, as: T.self)
        count += MemoryLayout<T>.size
    }
}

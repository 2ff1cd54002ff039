internal import CHiredis

/// What the server answered to one command.
package enum RedisReply: Sendable, Equatable {
    case string([UInt8])
    case status(String)
    case integer(Int64)
    case array([RedisReply])
    case null
    case error(String)
}

extension RedisReply {
    /// The bytes of a string reply.
    package var bytes: [UInt8]? {
        if case .string(let bytes) = self { return bytes }
        return nil
    }

    /// A string or status reply as text.
    package var text: String? {
        switch self {
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    /// An integer reply.
    package var integer: Int64? {
        if case .integer(let value) = self { return value }
        return nil
    }

    /// The elements of an array reply.
    package var array: [RedisReply]? {
        if case .array(let all) = self { return all }
        return nil
    }

    /// The reply's error, if it is one.
    package var failure: RedisError? {
        if case .error(let message) = self { return RedisError(.reply, message) }
        return nil
    }

    /// The reply, unless it is an error.
    package func get() throws(RedisError) -> RedisReply {
        if let failure { throw failure }
        return self
    }
}

extension RedisReply {
    /// Copies a reply out of hiredis.
    init(copying reply: UnsafePointer<redisReply>) {
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_STRING: self = unsafe .string(Self.bytes(reply))
        case REDIS_REPLY_STATUS: self = unsafe .status(String(decoding: Self.bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: self = unsafe .error(String(decoding: Self.bytes(reply), as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = unsafe .integer(reply.pointee.integer)
        case REDIS_REPLY_ARRAY: self = unsafe .array(Self.elements(reply))
        default: self = .null
        }
    }

    private static func bytes(_ reply: UnsafePointer<redisReply>) -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len))
    }

    private static func elements(_ reply: UnsafePointer<redisReply>) -> [RedisReply] {
        let elements = unsafe UnsafeBufferPointer(start: reply.pointee.element, count: reply.pointee.elements)
        return unsafe elements.map { element in unsafe element.map { unsafe RedisReply(copying: $0) } ?? .null }
    }
}

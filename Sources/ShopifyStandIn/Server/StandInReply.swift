/// What is sent back.
struct StandInReply {
    enum Body {
        case bytes([UInt8])
        /// A bulk file, from a byte on; the connection breaks after `breaksAfter` bytes.
        case file(BulkFile, from: Int, breaksAfter: Int?)
        /// The connection ends without an answer.
        case nothing
    }
    var status: Int
    var headers: [(String, String)]
    var body: Body
    var delayMillis: Int64 = 0

    static func json(_ value: WireValue, status: Int = 200, headers: [(String, String)] = []) -> StandInReply {
        StandInReply(
            status: status, headers: [("Content-Type", "application/json; charset=utf-8")] + headers,
            body: .bytes(value.json()))
    }

    static func text(_ text: String, status: Int, headers: [(String, String)] = []) -> StandInReply {
        StandInReply(
            status: status, headers: [("Content-Type", "text/html; charset=utf-8")] + headers,
            body: .bytes(Array(text.utf8)))
    }
}

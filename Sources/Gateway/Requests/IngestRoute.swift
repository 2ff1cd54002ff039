internal import EventModel

/// The gateway's routes. Everything else on the port belongs to somebody else.
package enum IngestRoute: Sendable, Equatable {
    case pixel(account: String)
    case webhooks
    case sessionStart
    case widgetEvent
    case lead
    case chat

    /// The route that a path names, nil for a path that is none of the gateway's. The path is compared as it was sent:
    /// percent-encoded spellings name no route.
    package init?(path: Span<UInt8>, widgetPrefix: [UInt8]) {
        if path.hasPrefix(Self.pixelPrefix) {
            let account = path.extracting(Self.pixelPrefix.utf8CodeUnitCount..<path.count)
            guard account.count > 0, account.count <= Self.accountBytesMax else { return nil }
            for index in account.indices where !Self.isAccountByte(account[index]) { return nil }
            self = .pixel(account: account.text)
        } else if path.isEqual(to: "/webhooks") {
            self = .webhooks
        } else if path.count > widgetPrefix.count, path.hasPrefix(widgetPrefix) {
            let rest = path.extracting(widgetPrefix.count..<path.count)
            if rest.isEqual(to: "/event") {
                self = .widgetEvent
            } else if rest.isEqual(to: "/session/start") {
                self = .sessionStart
            } else if rest.isEqual(to: "/lead") {
                self = .lead
            } else if rest.isEqual(to: "/chat") {
                self = .chat
            } else {
                return nil
            }
        } else {
            return nil
        }
    }

    /// Opened bytes that a body of this route may have.
    package func bodyBytesMax(_ limits: GatewayLimits) -> Int {
        self == .webhooks ? limits.webhookBytesMax : limits.bodyBytesMax
    }

    /// Browsers of any origin may call it.
    package var isCrossOrigin: Bool { self != .webhooks }

    private static let pixelPrefix: StaticString = "/v1/pixel/"
    /// Account ids are made by us and shorter.
    private static let accountBytesMax = 128

    private static func isAccountByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

extension Span<UInt8> {
    /// The bytes as UTF-8, repaired where they are none.
    var text: String { unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) } }

    /// True when the bytes are exactly `text`.
    func isEqual(to text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefix(text)
    }

    /// True when the bytes begin with `text`.
    func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// True when the bytes begin with those of `other`.
    func hasPrefix(_ other: [UInt8]) -> Bool {
        guard count >= other.count else { return false }
        for index in other.indices where self[index] != other[index] { return false }
        return true
    }
}

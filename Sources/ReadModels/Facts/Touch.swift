/// Where a visit came from, as one page address and its referrer tell it.
///
/// A class, because thousands of events share the same few: the fact reader gives the same object for the same texts.
package final class Touch: Sendable, Hashable {
    /// What the evidence amounts to.
    package enum Kind: UInt8, Sendable {
        /// No click id, no UTM, no referrer.
        case direct = 0
        /// A referrer that is the shop itself or a payment gateway: no touch of its own.
        case continuation = 1
        /// A click id, UTM parameters or an external referrer.
        case campaign = 2
    }

    /// What the evidence amounts to.
    package let kind: Kind
    /// By GA4's default channel group.
    package let channel: String
    /// In lower case; `(direct)` where nothing led here.
    package let source: String
    /// In lower case; `(none)` where nothing led here.
    package let medium: String
    /// Host of an external referrer, else empty.
    package let referrer: String
    /// As they were written.
    package let utm: UTM
    /// Name of the click id parameter (`gclid`), else empty.
    package let clickID: String
    /// Hash of the click id's value: tells two clicks apart without keeping either.
    package let clickHash: UInt64

    /// A touch of these parts.
    package init(
        kind: Kind, channel: String, source: String, medium: String, referrer: String = "", utm: UTM = UTM(),
        clickID: String = "", clickHash: UInt64 = 0
    ) {
        self.kind = kind
        self.channel = channel
        self.source = source
        self.medium = medium
        self.referrer = referrer
        self.utm = utm
        self.clickID = clickID
        self.clickHash = clickHash
    }

    /// Equal in every part.
    package static func == (left: Touch, right: Touch) -> Bool {
        left === right
            || left.kind == right.kind && left.clickHash == right.clickHash && left.referrer == right.referrer
                && left.utm == right.utm && left.clickID == right.clickID && left.channel == right.channel
                && left.source == right.source && left.medium == right.medium
    }

    /// Agrees with `==`.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(clickHash)
        hasher.combine(utm)
        hasher.combine(referrer)
    }

    /// A visit that nothing led to.
    package static let direct = Touch(kind: .direct, channel: "Direct", source: "(direct)", medium: "(none)")
    /// A visit that goes on from where the visitor was before.
    package static let continuation = Touch(
        kind: .continuation, channel: "Direct", source: "(direct)", medium: "(none)")
}

/// The five UTM parameters; empty where missing.
package struct UTM: Sendable, Hashable {
    /// `utm_source`.
    package var source = ""
    /// `utm_medium`.
    package var medium = ""
    /// `utm_campaign`.
    package var campaign = ""
    /// `utm_content`.
    package var content = ""
    /// `utm_term`.
    package var term = ""

    /// None given.
    package init() {}

    /// True when none is given.
    package var isEmpty: Bool {
        source.isEmpty && medium.isEmpty && campaign.isEmpty && content.isEmpty && term.isEmpty
    }
}

extension ByteWriter {
    mutating func touch(_ touch: Touch) {
        byte(touch.kind.rawValue)
        guard touch.kind == .campaign else { return }
        text(touch.channel)
        text(touch.source)
        text(touch.medium)
        text(touch.referrer)
        text(touch.utm.source)
        text(touch.utm.medium)
        text(touch.utm.campaign)
        text(touch.utm.content)
        text(touch.utm.term)
        text(touch.clickID)
        if !touch.clickID.isEmpty { word(touch.clickHash) }
    }
}

extension ByteReader {
    mutating func touch() throws(Damaged) -> Touch {
        switch Touch.Kind(rawValue: try byte()) {
        case .direct: return .direct
        case .continuation: return .continuation
        case .campaign, nil: break
        }
        let channel = try text()
        let source = try text()
        let medium = try text()
        let referrer = try text()
        var utm = UTM()
        utm.source = try text()
        utm.medium = try text()
        utm.campaign = try text()
        utm.content = try text()
        utm.term = try text()
        let clickID = try text()
        return Touch(
            kind: .campaign, channel: channel, source: source, medium: medium, referrer: referrer, utm: utm,
            clickID: clickID, clickHash: clickID.isEmpty ? 0 : try word())
    }
}

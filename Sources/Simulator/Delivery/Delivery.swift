/// One request of the plan (or, for the widget, one conversation of several).
package struct Delivery: Sendable {
    /// How the events of a pixel request are wrapped.
    enum Envelope: UInt8, Sendable { case single, array, object }

    /// What the request carries.
    enum Content: Sendable {
        /// Events of a session by index, in the order of sending; an index may stand twice. `isAltered` sends them
        /// under their identity with other content.
        case pixel(session: Int, events: [Int], envelope: Envelope, isAltered: Bool)
        /// The widget's calls of one session.
        case widget(session: Int)
        /// A webhook: sent for the first time, redelivered, or delivered by a second subscription under another id.
        case webhook(Int, copy: Int)
    }

    /// Deliveries of a later round start when those of the round before have been answered.
    enum Round: UInt8, Sendable, Comparable {
        /// In the order of their time.
        case main
        /// Late, replayed and repeated ones.
        case late
        /// Those that must find the first content stored already.
        case last

        static func < (left: Round, right: Round) -> Bool { left.rawValue < right.rawValue }
    }

    let round: Round
    /// When a browser or Shopify would send it, Unix milliseconds.
    let dueAt: Int64
    let content: Content
}

/// What a plan sends, counted while the deliveries are decided on.
package struct TrueSent: Codable, Sendable, Equatable {
    /// Different pixel events, crawlers' included; each belongs in the log once.
    package var pixelEvents = 0
    /// Pixel events sent again unchanged; none may be counted.
    package var pixelDuplicates = 0
    /// Pixel events sent again under the same identity with other content; each belongs in quarantine.
    package var pixelConflicts = 0
    /// Calls of `session/start`, `event` and `lead`; each belongs in the log once.
    package var widgetCalls = 0
    /// Different webhooks; each belongs in the log once.
    package var webhooks = 0
    /// Webhooks delivered again, by the same or another webhook id; none may be counted.
    package var webhookDuplicates = 0
    /// HTTP requests, retries not counted.
    package var requests = 0
    /// Pixel requests whose events are not in the order of their time.
    package var reorderedRequests = 0
    /// Pixel requests that arrive after everything else, replays included.
    package var lateRequests = 0
    /// Visits whose events arrive in one burst after consent.
    package var replayedSessions = 0

    /// What the log holds afterwards: pixel events, widget calls and webhooks.
    package var accepted: Int { self.pixelEvents + self.widgetCalls + self.webhooks }
    /// What the log must not hold a second time.
    package var duplicates: Int { self.pixelDuplicates + self.webhookDuplicates }
}

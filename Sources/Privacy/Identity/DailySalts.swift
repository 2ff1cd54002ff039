internal import Cryptography

/// The secret of one UTC day, under which visitors without analytics consent are hashed; destroyed after 48 h.
package struct DailySalt: Sendable, Equatable {
    /// Days since 1970-01-01 UTC.
    package let day: Int64
    /// 32 random bytes.
    package let bytes: [UInt8]
    /// Hashes under the salt, and goes with it.
    let code: HMACSHA256

    /// The salt of `day`.
    package init(day: Int64, bytes: [UInt8]) {
        self.day = day
        self.bytes = bytes
        self.code = HMACSHA256(key: bytes)
    }

    /// True for the same salt of the same day.
    package static func == (left: DailySalt, right: DailySalt) -> Bool {
        left.day == right.day && left.bytes == right.bytes
    }

    /// A new random salt for `day`.
    package static func new(day: Int64) -> DailySalt { DailySalt(day: day, bytes: SecureRandom.bytes(32)) }
}

/// The salts that are alive: today's, yesterday's, and tomorrow's once it is made ahead. They are kept elsewhere.
package struct DailySalts: Sendable {
    private var salts: [DailySalt] = []

    /// Milliseconds of a UTC day.
    package static let dayMillis: Int64 = 86_400_000
    /// A salt is destroyed so long after its day began.
    package static let lifetimeMillis: Int64 = 2 * dayMillis

    /// No salts.
    package init() {}

    /// These salts; of two for one day the first counts.
    package init(_ salts: [DailySalt]) {
        for salt in salts { self.insert(salt) }
    }

    /// Adds a salt unless its day has one.
    package mutating func insert(_ salt: DailySalt) {
        if self.salt(day: salt.day) == nil { self.salts.append(salt) }
    }

    /// The salt of a day, nil when it is not here (any more).
    package func salt(day: Int64) -> DailySalt? { self.salts.first { $0.day == day } }

    /// Drops what has outlived its 48 h at `nowMillis`.
    package mutating func expire(nowMillis: Int64) {
        self.salts.removeAll { $0.day * Self.dayMillis + Self.lifetimeMillis <= nowMillis }
    }
}

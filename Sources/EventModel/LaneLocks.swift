/// First keys of the locks in Postgres that give a lane to one process; the second key is the lane.
package enum LaneLocks {
    /// Held by whoever drains the lane: "FFDR".
    package static let drain: Int32 = 0x4646_4452
}

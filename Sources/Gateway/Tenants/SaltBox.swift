package import Privacy
internal import Synchronization

/// Today's and yesterday's salts, as all gateways of a deployment share them. Whoever keeps the registry fills it.
package final class SaltBox: Sendable {
    private let salts: Mutex<DailySalts>

    package init(_ salts: DailySalts = DailySalts()) { self.salts = Mutex(salts) }

    package func replace(with salts: DailySalts) { self.salts.withLock { $0 = salts } }

    package var current: DailySalts { salts.withLock { $0 } }
}

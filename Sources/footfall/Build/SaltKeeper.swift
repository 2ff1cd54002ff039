internal import DataSubjects
internal import EventModel
internal import Foundation
internal import Gateway
internal import Logging
internal import Postgres
internal import Privacy
internal import Recorder
internal import ServiceLifecycle

/// Makes the salts of daily pseudonyms for today and tomorrow, shares them between gateways through the registry, and
/// destroys them 48 hours after their day began; that it does is an event in the log of every active shop. Tomorrow's is
/// made ahead, so that midnight needs no Postgres.
struct SaltKeeper: Service {
    let box: SaltBox
    let postgres: PostgresConfiguration
    let copies: RegistryCopies
    let vault: Vault
    let recorder: EventRecorder
    let logger: Logger

    private static let interval: Duration = .seconds(60)
    /// Until the first salts are there, no visitor without consent can be told apart; so try sooner.
    private static let retry: Duration = .seconds(1)

    func run() async throws {
        let session = PostgresSession(postgres, label: "footfall.salts")
        try? await cancelWhenGracefulShutdown {  // ends by cancellation, which is no error here
            while !Task.isCancelled {
                let kept = await keep(session)
                try await Task.sleep(for: kept ? Self.interval : Self.retry)
            }
        }
    }

    /// Brings registry and copy up to date; false while Postgres does not answer.
    func keep(_ session: PostgresSession) async -> Bool {
        let (today, vault) = (Int64(Date().timeIntervalSince1970) / 86_400, vault)
        do {
            let (salts, untold) = try await session.run { connection in
                (
                    try SaltTable.keep(today: today, vault: vault, on: connection),
                    try SaltTable.untold(on: connection)
                )
            }
            box.replace(with: salts)
            for day in untold where await tell(day) {
                try await session.run { try SaltTable.noteTold(day, on: $0) }
            }
            return true
        } catch {
            logger.debug("salts not kept", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Has the log of every active shop say that the salt of this day is gone; true when all have it. What could not be
    /// told is told again with the next round, also by another process; where it was told already that is a repeat.
    private func tell(_ day: Int64) async -> Bool {
        let date = Timestamp.text(day * DailySalts.dayMillis).prefix(10)
        let event = OwnEvent.system(
            .saltDestroyed, payload: Array("{\"day\":\"\(date)\"}".utf8),
            occurredAt: day * DailySalts.dayMillis + DailySalts.lifetimeMillis, identity: "salt:\(date)")
        for shop in copies.active {
            do {
                try await recorder.record([event], for: RecordedShop(shop, vault: vault))
            } catch {
                logger.warning(
                    "the destruction of a salt is not in the log yet",
                    metadata: ["shop_id": "\(shop.id)", "day": "\(date)", "error": "\(error)"])
                return false
            }
        }
        return true
    }
}

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
        let today = Int64(Date().timeIntervalSince1970) / 86_400
        do {
            let destroyed = try await session.run { connection in
                for day in [today, today + 1] {
                    _ = try connection.query(
                        """
                        insert into registry.daily_salt values (date '1970-01-01' + $1::int, $2)
                        on conflict do nothing
                        """, [.int4(Int32(day)), .bytes(DailySalt.new(day: day).bytes)])
                }
                return try connection.query(
                    """
                    delete from registry.daily_salt where day < date '1970-01-01' + $1::int
                    returning day - date '1970-01-01'
                    """, [.int4(Int32(today - 1))]
                ).map { $0.int32(0) }
            }
            let salts = try await session.run { connection in
                try connection.query("select day - date '1970-01-01', salt from registry.daily_salt")
                    .map { DailySalt(day: $0.int64(0), bytes: $0.bytes(1)) }
            }
            box.replace(with: DailySalts(salts))
            for day in destroyed { await tell(day) }
            return true
        } catch {
            logger.debug("salts not kept", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// The salt is gone whether or not the log takes the word of it; a shop that could not be told is logged.
    private func tell(_ day: Int32) async {
        let date = Timestamp.text(Int64(day) * DailySalts.dayMillis).prefix(10)
        let event = OwnEvent.system(
            .saltDestroyed, payload: Array("{\"day\":\"\(date)\"}".utf8),
            occurredAt: Int64(day) * DailySalts.dayMillis + DailySalts.lifetimeMillis, identity: "salt:\(date)")
        for shop in copies.active {
            do {
                try await recorder.record([event], for: RecordedShop(shop, vault: vault))
            } catch {
                logger.warning(
                    "the destruction of a salt is not in the log",
                    metadata: ["shop_id": "\(shop.id)", "day": "\(date)", "error": "\(error)"])
            }
        }
    }
}

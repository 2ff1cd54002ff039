internal import Foundation
internal import Logging
internal import PrivateStores
internal import ServiceLifecycle

/// Starts a private store again that has died or hangs; meanwhile the roles go on with the other one.
struct StoreKeeper: Service {
    let stores: PrivateStores
    let room: DiskRoom
    let logger: Logger

    private static let interval: Duration = .milliseconds(500)
    /// One that ends each time it is started is left alone for longer and longer, up to this: where the disk was full, it
    /// is back so soon after there is room.
    private static let pauseMax: Duration = .seconds(10)

    /// When a store is looked at next, and for how long it is left alone after that.
    private struct Turn {
        var next = ContinuousClock.now
        var pause = StoreKeeper.interval

        mutating func started() {
            next = .now + pause
            pause = min(pause * 2, StoreKeeper.pauseMax)
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var turns = Dictionary(uniqueKeysWithValues: PrivateStores.Store.allCases.map { ($0, Turn()) })
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)  // cancelled: the loop sees it
                for (store, turn) in turns where !Task.isCancelled && turn.next <= .now {
                    turns[store] = await look(after: store, turn)
                }
            }
        }
    }

    private func look(after store: PrivateStores.Store, _ turn: Turn) async -> Turn {
        var turn = turn
        do {
            switch try await stores.revive(store) {
            case .answers: return Turn()
            case .waits: return turn
            case .started(let lastWords):
                let pause = turn.pause
                turn.started()
                logger.error(
                    room.isFull
                        ? "the disk is full; a private store is started again until there is room"
                        : "a private store did not answer and is started again",
                    metadata: ["store": "\(store)", "last_words": "\(lastWords)", "next_look_in": "\(pause)"])
            }
        } catch {
            turn.started()
            logger.error(
                "a private store does not start; trying again", metadata: ["store": "\(store)", "error": "\(error)"])
        }
        return turn
    }
}

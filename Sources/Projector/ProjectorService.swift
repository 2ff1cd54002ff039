package import EventModel
package import Logging
internal import Postgres
internal import ReadModels
internal import ServiceLifecycle

/// Keeps the read models up with the log: each lane by the one process that holds its lock.
///
/// An append is projected within milliseconds: the log's NOTIFY or `signal` wakes the lane, and every lane looks for
/// itself at least once a second. Any failure rolls the batch back and begins it again from the stored checkpoint.
package struct ProjectorService: Service {
    /// Counters and positions.
    package let metrics: ProjectorMetrics
    private let configuration: ProjectorConfiguration
    private let logger: Logger
    private let signals: [Lane: WakeSignal]

    /// Longest time between two looks at the log.
    private static let lookMillis = 1000
    /// Pause after a failure: long enough not to flood a database that is coming back.
    private static let pause = Duration.milliseconds(500)
    /// Between two tries of events that wait: often enough for somebody who has mended their cause.
    private static let retryInterval = Duration.seconds(60)

    /// Contacts nobody before `run`.
    package init(
        _ configuration: ProjectorConfiguration, metrics: ProjectorMetrics = ProjectorMetrics(), logger: Logger
    ) {
        self.configuration = configuration
        self.metrics = metrics
        self.logger = logger
        self.signals = Dictionary(uniqueKeysWithValues: Set(configuration.lanes).map { ($0, WakeSignal()) })
    }

    /// Says that the lane has grown, for a drain in the same process. Any thread; returns at once.
    package func signal(lane: Lane) { signals[lane]?.signal() }

    /// Projects until shutdown; the batch that is being written is finished first.
    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await watch() }
                for lane in signals.keys.sorted() { group.addTask { await follow(lane) } }
            }
        }
    }

    private func watch() async {
        let watch = LogWatch(configuration.database)
        while !Task.isCancelled {
            do {
                let grown = try await watch.wait(millis: Self.lookMillis)
                // After a quiet second every lane looks for itself.
                for (lane, signal) in signals where grown.isEmpty || grown.contains(lane) { signal.signal() }
            } catch {
                logger.warning("listening to the log failed", metadata: ["error": "\(error)"])
                signals.values.forEach { $0.signal() }
                await rest()
            }
        }
        await watch.close()
    }

    private func follow(_ lane: Lane) async {
        let projector = LaneProjector(lane: lane, names: ProjectionList.names, configuration)
        let reader = LaneReader(lane: lane, configuration)
        while !Task.isCancelled {
            do {
                try await project(lane, projector, reader)
            } catch is CancellationError {
                break
            } catch {
                metrics.update(lane) { $0.failuresTotal += 1 }
                logger.warning("projecting failed", metadata: ["lane": "\(lane)", "error": "\(error)"])
            }
            metrics.update(lane) { $0.isActive = false }
            await projector.release()
            await rest()
        }
        await projector.release()
        await reader.close()
    }

    /// Not an error while shutting down: the loop looks at the cancellation itself.
    private func rest() async { try? await Task.sleep(for: Self.pause) }

    /// Takes the lane and projects until an error or cancellation.
    private func project(_ lane: Lane, _ projector: LaneProjector, _ reader: LaneReader) async throws {
        while try await !projector.take() {
            await projector.release()
            await signals[lane]?.wait()
            try Task.checkCancellation()
        }
        var next = await projector.next()
        metrics.update(lane) {
            $0.isActive = true
            $0.position = next.after
        }
        var limit = BatchLimits.live
        var triedAt = ContinuousClock.now
        while !Task.isCancelled {
            if .now - triedAt > Self.retryInterval {
                try await projector.retryWaiting()
                triedAt = .now
            }
            var batch = try await reader.read(after: next.after, limit: Self.limit(limit, next.limit))
            while batch.through > batch.after {
                limit = batch.through - batch.after >= limit ? BatchLimits.catchingUp : BatchLimits.live
                // Read ahead while this batch is written, unless it is the last, whose successor will be told of, or a
                // read model that is behind bounds the next read.
                let (from, size, isAlone) = (batch.through, limit, batch.isLast || next.limit != nil)
                async let ahead = isAlone ? nil : reader.read(after: from, limit: size)
                next = try await projector.apply(batch)
                note(batch, lane)
                guard let following = try await ahead, !Task.isCancelled else { break }
                batch = following
            }
            guard batch.through == batch.after || batch.isLast && next.after == batch.through else { continue }
            metrics.update(lane) { $0.isCaughtUp = true }
            await signals[lane]?.wait()
        }
    }

    private static func limit(_ wanted: Int, _ bound: Int64?) -> Int {
        bound.map { min(wanted, Int(clamping: $0)) } ?? wanted
    }

    private func note(_ batch: FactBatch, _ lane: Lane) {
        metrics.update(lane) {
            $0.position = batch.through
            $0.eventsTotal += batch.through - batch.after
            $0.batchesTotal += 1
            $0.waitingTotal += Int64(batch.failures.count)
            $0.lastReceivedAt = max($0.lastReceivedAt, batch.events.last?.receivedAt ?? 0)
            $0.isCaughtUp = false
        }
    }
}

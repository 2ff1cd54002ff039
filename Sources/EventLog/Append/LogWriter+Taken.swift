internal import EventModel
internal import Postgres

/// Entries that follow each other without a gap, by one writer's numbers.
struct TakenRun: Equatable {
    let writer: Key128
    let before: Int64
    private(set) var through: Int64

    /// The runs of some entries, in order; entries without a number are left out.
    static func runs(_ stamps: some Sequence<WriterStamp>) -> [TakenRun] {
        var runs: [TakenRun] = []
        for stamp in stamps {
            if let last = runs.last, last.writer == stamp.writer, (last.before...last.through).contains(stamp.before) {
                runs[runs.count - 1].through = max(last.through, stamp.through)
            } else {
                runs.append(TakenRun(writer: stamp.writer, before: stamp.before, through: stamp.through))
            }
        }
        return runs
    }
}

extension LogWriter {
    /// Moves on what the lanes have taken in of each writer, in the transaction that takes it in. Where a writer's next
    /// entry says that more came before it than that, the buffer has lost the events between.
    func countTaken(_ plans: [AppendPlan]) throws(PostgresError) {
        let runs = plans.flatMap { plan in
            TakenRun.runs(plan.entries.lazy.compactMap(\.stamp)).map { (lane: plan.lane, run: $0) }
        }
        guard !runs.isEmpty else { return }
        _ = try connection.query(
            SQL.countTaken,
            [
                .int2Array(runs.map(\.lane)), .uuidArray(runs.map { ($0.run.writer.high, $0.run.writer.low) }),
                .int8Array(runs.map(\.run.before)), .int8Array(runs.map(\.run.through)),
            ])
    }
}

extension LogWriter.SQL {
    /// `reached` is what the writer's runs before this one have come to. What is read again, after a failure or out of a
    /// buffer that came back, moves nothing.
    static let countTaken = """
        insert into log.taken as taken (lane, writer, events, lost)
        select lane, writer, max(through), sum(greatest(0, before - reached)) from (
            select run.lane, run.writer, before, through, greatest(coalesce(known.events, 0),
                coalesce(max(through) over (partition by run.lane, run.writer order by number
                    rows between unbounded preceding and 1 preceding), 0)) as reached
            from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[]) with ordinality
                as run (lane, writer, before, through, number)
            left join log.taken known on known.lane = run.lane and known.writer = run.writer) runs
        group by lane, writer
        on conflict (lane, writer) do update
            set events = greatest(taken.events, excluded.events), lost = taken.lost + excluded.lost
        """
}

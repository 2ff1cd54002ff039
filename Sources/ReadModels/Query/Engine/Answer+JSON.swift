internal import EventModel

extension Answer {
    /// The answer as the contract shows it; `query` is the query as it was understood.
    package func json(_ query: AnalyticsQuery) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("columns") { $0.array(columns) { writer, column in column.write(&writer) } }
            writer.member("rows") { $0.array(rows) { Self.write(&$0, $1) } }
            if let compareRows {
                writer.member("compare_rows") { $0.array(compareRows) { Self.write(&$0, $1) } }
            }
            if let changes {
                writer.member("change_rows") { $0.array(changes) { write(&$0, $1) } }
            }
            writer.member("totals") { Self.write(&$0, totals) }
            if let compareTotals { writer.member("compare_totals") { Self.write(&$0, compareTotals) } }
            if let totalChanges { writer.member("change_totals") { write(&$0, totalChanges) } }
            if let others { writer.member("others") { Self.write(&$0, others) } }
            writer.member("meta") { meta(&$0) }
            writer.member("query") { $0.raw(query.normalForm) }
        }
        return writer.bytes
    }

    private func meta(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("as_of") { asOf.write(&$0) }
            writer.member("complete_until", Timestamp.text(asOf.completeUntil))
            writer.member("definitions", MetricCatalog.version)
            writer.member("exact", true)
            writer.member("row_count", Int64(rowCount))
            writer.member("coverage") { $0.null() }
            writer.member("warnings", warnings)
        }
    }

    /// A row's changes below its metrics; dimensions have none.
    private func write(_ writer: inout JSONWriter, _ changes: [Change]?) {
        guard let changes else { return writer.null() }
        let dimensions = columns.count - changes.count
        writer.array(columns.indices) { writer, column in
            if column < dimensions { writer.null() } else { changes[column - dimensions].write(&writer) }
        }
    }

    private static func write(_ writer: inout JSONWriter, _ row: [Cell]?) {
        guard let row else { return writer.null() }
        writer.array(row) { $1.write(&$0) }
    }
}

extension Answer.Column {
    /// Appends the column's head.
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("type", type)
            writer.member("unit", unit)
            writer.member("currency", currency)
            if let change { writer.member("change", change) }
        }
    }
}

extension AsOf {
    /// Appends the state: the position in the shop's lane of the log, and when the read model got there.
    package func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("position", position)
            writer.member("projected_at", Timestamp.text(projectedAt))
            writer.member("complete_until", Timestamp.text(completeUntil))
        }
    }
}

extension RealtimeSnapshot {
    /// The snapshot as the contract shows it.
    package func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("visitors_now", visitorsNow)
            writer.member("sessions_now", sessionsNow)
            writer.member("pageviews_30m", pageviews)
            writer.member("per_minute") { $0.array(perMinute) { $0.integer($1) } }
            writer.member("pages") { Self.write(&$0, pages, "page") }
            writer.member("sources") { Self.write(&$0, sources, "source") }
            writer.member("countries") { Self.write(&$0, countries, "country") }
            writer.member("recent") { writer in
                writer.array(recent) { writer, event in
                    writer.object { writer in
                        writer.member("name", event.name)
                        writer.member("page", event.page)
                        writer.member("at", Timestamp.text(event.occurredAt))
                    }
                }
            }
            writer.member("as_of") { asOf.write(&$0) }
        }
        return writer.bytes
    }

    private static func write(_ writer: inout JSONWriter, _ shares: [Share], _ name: String) {
        writer.array(shares) { writer, share in
            writer.object { writer in
                writer.member(name, share.value)
                writer.member("visitors", share.visitors)
            }
        }
    }
}

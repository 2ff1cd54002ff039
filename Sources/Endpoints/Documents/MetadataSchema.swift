internal import ReadModels

/// The schema of `/api/analytics/metadata`.
enum MetadataSchema {
    static let metadata = Schemas.object(
        [
            "definitions": Schemas.text, "metrics": Schemas.array(metric), "dimensions": Schemas.array(dimension),
            "filters": filters, "date_ranges": texts, "unknown": Schemas.text, "rows": Schemas.text, "limits": limits,
        ], required: ["definitions", "metrics", "dimensions", "filters", "date_ranges", "limits"])

    private static let texts = Schemas.array(Schemas.text)

    private static let metric = Schemas.object(
        [
            "name": Schemas.text, "type": Schemas.textOrNull, "unit": Schemas.textOrNull, "definition": Schemas.text,
            "version": Schemas.text, "available": Schemas.flag, "additive": Schemas.flag,
            "grains": Schemas.array(Schemas.names(["time", "visit", "event", "order"])),
        ], required: ["name", "type", "unit", "definition", "version", "available", "additive", "grains"])

    private static let dimension = Schemas.object(
        [
            "name": Schemas.text, "type": Schemas.text, "grain": Schemas.text, "definition": Schemas.text,
            "available": Schemas.flag, "filterable": Schemas.flag, "metrics": texts, "combines_with": texts,
        ], required: ["name", "type", "grain", "definition", "available", "filterable", "metrics", "combines_with"])

    private static let filters = Schemas.object([
        "operators": texts, "combine": texts, "contains": Schemas.text, "matches": Schemas.text, "has_done": texts,
        "bots": texts,
    ])

    private static let limits = Schemas.object(
        Dictionary(
            ["metrics", "dimensions", "limit_default", "limit_max", "days", "time_step_seconds"].map {
                ($0, Schemas.integer)
            }
        ) { $1 })
}

internal import ReadModels

/// The schemas of the app's own routes.
enum AppSchemas {
    static let all: [String: JSONValue] = [
        "ShopName": Schemas.object(["shop": Schemas.text]),
        "Grant": Schemas.object(["authorization_url": Schemas.text], required: ["authorization_url"]),
        "Connected": Schemas.object(["shop": Schemas.text, "scopes": Schemas.array(Schemas.text)]),
        "Pixel": Schemas.object(["shop": Schemas.text, "pixel": pixel], required: ["shop", "pixel"]),
        "Installation": installation,
    ]

    private static let pixelStatus = Schemas.names([
        "active", "deleted", "no_extension", "access_denied", "invalid_settings", "failed",
    ])

    private static let pixel = Schemas.object(
        [
            "status": pixelStatus, "id": Schemas.textOrNull, "version": Schemas.integer,
            "updated_at": Schemas.textOrNull, "detail": Schemas.textOrNull,
        ], required: ["status", "version"])

    private static let installation = Schemas.object(
        [
            "shop": Schemas.text, "status": Schemas.names(["active", "uninstalled"]), "installed_at": Schemas.time,
            "connected": Schemas.flag, "scopes": Schemas.array(Schemas.text),
            "missing_scopes": Schemas.array(Schemas.text),
            "webhooks": Schemas.orNull(
                Schemas.object([
                    "wanted": Schemas.integer, "registered": Schemas.integer, "failing": Schemas.array(Schemas.text),
                    "checked_at": Schemas.textOrNull,
                ])),
            "pixel": Schemas.orNull(pixel),
            "pixel_history": Schemas.array(
                Schemas.object([
                    "at": Schemas.time,
                    "action": Schemas.names(["created", "taken_over", "updated", "deleted", "failed"]),
                    "status": pixelStatus, "version": Schemas.integer, "detail": Schemas.textOrNull,
                ])),
            "imports": Schemas.array(
                Schemas.object([
                    "resource": Schemas.text,
                    "status": Schemas.names(["asked", "reading", "finished", "failed"]), "count": Schemas.integer,
                    "refused": Schemas.integer,
                    "total": Schemas.integerOrNull, "started_at": Schemas.textOrNull,
                    "finished_at": Schemas.textOrNull, "detail": Schemas.textOrNull,
                ])),
        ], required: ["shop", "status", "connected", "pixel_history", "imports"])
}

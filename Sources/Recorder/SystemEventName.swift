/// The names of events that Footfall writes itself. They are stored and never change.
package enum SystemEventName: String, Sendable, CaseIterable {
    /// `{"scopes":[],"install_id"}`: a merchant installed the app, or did so again.
    case shopInstalled = "shop.installed"
    /// `{"reason"}`: the app is gone from the shop and its tokens are destroyed.
    case shopUninstalled = "shop.uninstalled"
    /// `{"scopes":[]}`: what the merchant grants has changed.
    case shopScopesChanged = "shop.scopes_changed"
    /// `{"timezone","currency","hosts"}`: what Shopify says of the shop has changed.
    case shopChanged = "shop.changed"
    /// `{"created","repaired","removed","kept","failed"}`, each a list of topics: what a check of the subscriptions did.
    case webhooksRegistered = "webhooks.registered"
    /// `{"version"}`: the shop's web pixel is there.
    case pixelActivated = "pixel.activated"
    /// `{"version"}`: the pixel's settings were brought up to date.
    case pixelUpdated = "pixel.updated"
    /// `{}`: the pixel is removed.
    case pixelDeleted = "pixel.deleted"
    /// `{"state","message"}`: the pixel cannot be activated as things stand.
    case pixelFailed = "pixel.failed"
    /// `{"resource","mode"}`: Shopify was asked for all of a resource.
    case importStarted = "import.started"
    /// `{"resource","count","total"}`: so many are recorded.
    case importProgressed = "import.progressed"
    /// `{"resource","count","refused"}`: all are recorded.
    case importFinished = "import.finished"
    /// `{"resource","count","message"}`: given up.
    case importFailed = "import.failed"
    /// `{"resource","count","since"}`: what webhooks may have lost was read again.
    case reconciled = "reconciliation.finished"
    /// `{"reactor","task","attempts","error"}`: a task went to the dead letters.
    case reactorFailed = "reactor.failed"
    /// `{"draft_order_id","name","request"}`: a draft order was made for a shopper.
    case draftOrderCreated = "draft_order.created"
    /// `{"request","kind","origin","reader"}`: somebody asked to see or to forget what is held of a person, or of a shop.
    case privacyRequested = "privacy.requested"
    /// `{"request","sequence","handles":[{"kind","hash"}]}`: a tombstone. What the handles own is sealed under keys that
    /// are destroyed; read models redact what they hold of them.
    case privacyErased = "privacy.erased"
    /// `{"request"}`: a tombstone of the whole shop.
    case shopRedacted = "shop.redacted"
    /// `{"request","events"}`: what is held of a person was gathered for the merchant.
    case privacyExported = "privacy.exported"
    /// `{"reader","route","events"}`: personal data were opened.
    case personalOpened = "personal.opened"
    /// `{"day"}`: the salt of a day's visitor pseudonyms is gone.
    case saltDestroyed = "salt.destroyed"
    /// `{"rule","partitions","events","keys"}`: what had outlived its time was dropped.
    case retentionApplied = "retention.applied"
}

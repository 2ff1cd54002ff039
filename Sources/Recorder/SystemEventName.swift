/// The names of events that Footfall writes itself. They are stored and never change.
package enum SystemEventName: String, Sendable, CaseIterable {
    /// `{"scopes":[],"install_id"}`: a merchant installed the app, or did so again.
    case shopInstalled = "shop.installed"
    /// `{"reason"}`: the app is gone from the shop and its tokens are destroyed.
    case shopUninstalled = "shop.uninstalled"
    /// `{"scopes":[]}`: what the merchant grants has changed.
    case shopScopesChanged = "shop.scopes_changed"
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
}

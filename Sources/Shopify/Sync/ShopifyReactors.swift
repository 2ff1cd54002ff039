package import Reactors

/// Everything that Footfall does by itself at Shopify.
package struct ShopifyReactors: Sendable {
    /// All reactors, for `ReactorService` and `TaskRunner`.
    package let all: [any Reactor]
    /// The web pixels, for the routes that activate and update them.
    package let pixels: PixelActivator
    /// The widget's requests for draft orders.
    package let draftOrders: DraftOrderDesk

    /// The reactors over one client. `appURL` is where Shopify reaches the app, `folder` has room for bulk files.
    package init(
        admin: any AdminCalling, shops: ShopDirectory, installations: any InstallationKeeping, appURL: String,
        folder: String, nowMillis: @escaping @Sendable () -> Int64
    ) {
        pixels = PixelActivator(admin: admin, shops: shops, endpoint: appURL, nowMillis: nowMillis)
        draftOrders = DraftOrderDesk(shops: shops)
        all = [
            WebhookRegistrar(admin: admin, shops: shops, appURL: appURL, nowMillis: nowMillis),
            PixelReactor(pixels: pixels, shops: shops, nowMillis: nowMillis),
            HistoryImporter(admin: admin, shops: shops, folder: folder, nowMillis: nowMillis),
            Reconciler(admin: admin, shops: shops, nowMillis: nowMillis),
            LifecycleReactor(installations: installations, shops: shops),
            DraftOrderReactor(admin: admin, shops: shops, nowMillis: nowMillis),
        ]
    }
}

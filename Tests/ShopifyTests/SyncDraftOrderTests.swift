import EventModel
import Postgres
import Privacy
import Reactors
import Recorder
import ShopifyStandIn
import Testing

@testable import Shopify

@Suite("Sync: draft orders")
struct SyncDraftOrderTests {
    private static let url = "https://sync.myshopify.com/1/invoices/secret-key"
    private static let session = Key128(high: 1, low: 2)

    private func ask(_ desk: DraftOrderDesk, _ world: SyncWorld, quantity: Int = 1) async throws -> Key128 {
        let line = DraftOrderLine(variantID: 5, quantity: quantity)
        let answer = try await desk.ask([line], session: Self.session, shop: world.shop.id)
        guard case .asked(let request) = answer else { throw TaskFailure.permanent("\(answer)") }
        return request
    }

    private func draft(_ tag: String = "") -> String {
        """
        {"id":"gid://shopify/DraftOrder/1","name":"#D1","status":"OPEN","invoiceUrl":"\(Self.url)","tags":["\(tag)"]}
        """
    }

    private func only(_ world: SyncWorld) throws -> ReactorTask { try task(world, nil) }

    @Test("a request becomes a draft order; its address is for the one who asked, sealed, and in no event")
    func created() async throws {
        try await SyncWorld.with { world in
            world.admin.on(
                .draftOrderCreate, #"{"draftOrderCreate":{"draftOrder":\#(self.draft()),"userErrors":[]}}"#)
            let desk = DraftOrderDesk(shops: world.directory)
            let request = try await self.ask(desk, world, quantity: 2)
            #expect(
                try await desk.status(request, session: Self.session, shop: world.shop.id)?.state == .asked)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            let outcome = try await reactor.run(self.only(world), SavedProgress())
            guard case .done(let effects) = outcome else { throw TaskFailure.permanent("\(outcome)") }
            #expect(effects.results.map(\.name) == ["draft_order.created"])
            #expect(!effects.results[0].payload.contains("secret-key"))
            let status = try #require(await desk.status(session: Self.session, shop: world.shop.id))
            #expect(status.state == .created && status.name == "#D1" && status.invoiceURL == Self.url)
            #expect(status.request == request)
            #expect(try await desk.status(request, session: Self.session, shop: world.shop.id + 1) == nil)
            let other = Key128(high: 9, low: 9)
            #expect(try await desk.status(request, session: other, shop: world.shop.id) == nil)
            #expect(try await desk.status(session: other, shop: world.shop.id) == nil)
            let rows = try world.connection.query("select sealed_url from shopify.draft_order")
            #expect(!String(decoding: rows[0].bytes(0), as: UTF8.self).contains("secret-key"))
            let sent = try #require(world.admin.calls(.draftOrderCreate).first)
            #expect(sent.contains(#"gid:\/\/shopify\/ProductVariant\/5"#))
        }
    }

    private func task(_ world: SyncWorld, _ payload: String?) throws -> ReactorTask {
        let row = try #require(ReactorDesk.list(on: world.connection).first)
        return ReactorTask(
            id: row.id, lane: 0, shop: row.shop, reactor: row.reactor, key: row.key, payload: payload ?? row.payload,
            attempt: 2, claim: 1)
    }

    /// An asked draft order, and a reactor that works it off.
    private func begin(
        _ world: SyncWorld, _ time: ManualTime
    ) async throws -> (DraftOrderDesk, Key128, DraftOrderReactor) {
        let desk = DraftOrderDesk(shops: world.directory)
        let reactor = DraftOrderReactor(admin: world.admin, shops: world.directory, nowMillis: { time.now })
        return (desk, try await ask(desk, world), reactor)
    }

    @Test("a creation whose answer was lost is looked for until the search shows it, and not repeated")
    func lost() async throws {
        try await SyncWorld.with { world in
            let (time, progress) = (ManualTime(), SavedProgress())
            let (desk, request, reactor) = try await self.begin(world, time)
            world.admin.on(.draftOrderCreate) { _ throws(AdminError) in throw AdminError(.unavailable, "cut") }
            await #expect(throws: AdminError.self) { try await reactor.run(self.only(world), progress) }
            // The index does not have it yet; it has others.
            world.admin.on(.draftOrders, #"{"draftOrders":{"nodes":[\#(self.draft("other"))]}}"#)
            for _ in 0..<5 {
                time.advance(11_000)
                let outcome = try await reactor.run(self.task(world, progress.last), progress)
                guard case .again = outcome else { throw TaskFailure.permanent("\(outcome)") }
            }
            world.admin.on(
                .draftOrders,
                #"{"draftOrders":{"nodes":[\#(self.draft("other")),\#(self.draft("footfall-\(request.uuid)"))]}}"#)
            let outcome = try await reactor.run(self.task(world, progress.last), progress)
            guard case .done = outcome else { throw TaskFailure.permanent("\(outcome)") }
            #expect(
                try await desk.status(request, session: Self.session, shop: world.shop.id)?.state == .created)
            #expect(world.admin.calls(.draftOrderCreate).count == 1)
        }
    }

    @Test("one that is nowhere after a minute is made again, a few times; a full bucket costs no search")
    func again() async throws {
        try await SyncWorld.with { world in
            let (time, progress) = (ManualTime(), SavedProgress())
            let (desk, request, reactor) = try await self.begin(world, time)
            world.admin.on(.draftOrders, #"{"draftOrders":{"nodes":[]}}"#)
            world.admin.on(.draftOrderCreate) { _ throws(AdminError) in throw AdminError(.throttled, "full") }
            for _ in 0..<2 {
                await #expect(throws: AdminError.self) {
                    try await reactor.run(self.task(world, progress.last), progress)
                }
            }
            #expect(world.admin.calls(.draftOrders).isEmpty)
            world.admin.on(.draftOrderCreate) { _ throws(AdminError) in throw AdminError(.unavailable, "cut") }
            for _ in 0..<DraftOrderReactor.triesMax {
                await #expect(throws: AdminError.self) {
                    try await reactor.run(self.task(world, progress.last), progress)
                }
                time.advance(DraftOrderReactor.searchMillis)
            }
            let error = await #expect(throws: TaskFailure.self) {
                try await reactor.run(self.task(world, progress.last), progress)
            }
            #expect(error?.isPermanent == true)
            #expect(world.admin.calls(.draftOrderCreate).count == 2 + DraftOrderReactor.triesMax)
            #expect(
                try await desk.status(request, session: Self.session, shop: world.shop.id)?.state == .failed)
        }
    }

    @Test("at a Shopify whose search lags, a lost answer still makes one draft order")
    func lagging() async throws {
        try await CoreWorld.run { configuration in
            configuration.scopes = ["read_orders", "read_draft_orders", "write_draft_orders"]
            configuration.searchLagMillis = 12_000
        } _: { world in
            let session = world.standIn.mintSessionToken(shop: CoreWorld.domain)
            _ = world.standIn.install(CoreWorld.domain, scopes: CoreWorld.scopes)
            let shop = try await world.install.exchange(sessionToken: session).shop
            let recorder = EventRecorder(
                sink: KeptEvents(), catalog: try SyncWorld.catalog.get(), dictionaries: .none,
                keyring: SubjectKeyring(), clock: { world.time.now })
            let shops = ShopDirectory(pool: world.pool, vault: world.vault, recorder: recorder)
            let reactor = DraftOrderReactor(admin: world.admin, shops: shops, nowMillis: { world.time.now })
            let variant = try #require(world.standIn.catalogue(CoreWorld.domain).products.first?.variants.first)
            let line = DraftOrderLine(variantID: variant.id, quantity: 1)
            _ = try await DraftOrderDesk(shops: shops).ask([line], session: Self.session, shop: shop.id)
            let row = try await world.pool.run { try ReactorDesk.list(on: $0)[0] }
            let progress = SavedProgress()
            func run() async throws -> TaskOutcome {
                let payload = await progress.last ?? row.payload
                return try await reactor.run(
                    ReactorTask(
                        id: row.id, lane: 0, shop: row.shop, reactor: row.reactor, key: row.key, payload: payload,
                        attempt: 1, claim: 1), progress)
            }
            world.standIn.fail(CoreWorld.domain, .lostAnswer)
            await #expect(throws: AdminError.self) { try await run() }
            world.time.advance(5000)
            guard case .again = try await run() else { throw TaskFailure.permanent("found too early") }
            world.time.advance(10_000)
            guard case .done = try await run() else { throw TaskFailure.permanent("not found") }
            #expect(world.standIn.draftCount(CoreWorld.domain) == 1)
        }
    }

    @Test("what Shopify refuses is told to the one who asked; nonsense is no request")
    func refused() async throws {
        try await SyncWorld.with { world in
            let desk = DraftOrderDesk(shops: world.directory)
            let lines = [0, 999].map { [DraftOrderLine(variantID: 1, quantity: $0)] } + [[]]
            for line in lines {
                #expect(try await desk.ask(line, session: Self.session, shop: world.shop.id) == .unfit)
            }
            world.admin.on(
                .draftOrderCreate,
                """
                {"draftOrderCreate":{"draftOrder":null,"userErrors":[{"field":["lineItems"],
                "message":"Product with ID 5 is no longer available."}]}}
                """)
            let request = try await self.ask(desk, world)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            await #expect(throws: TaskFailure.self) { try await reactor.run(self.only(world), SavedProgress()) }
            let status = try #require(await desk.status(request, session: Self.session, shop: world.shop.id))
            #expect(status.state == .failed && status.message?.contains("no longer available") == true)
        }
    }

    @Test("a session asks a few times, a shop a hundred times an hour; old requests are let go")
    func limits() async throws {
        try await SyncWorld.with { world in
            let desk = DraftOrderDesk(shops: world.directory)
            let line = [DraftOrderLine(variantID: 5, quantity: 1)]
            func ask(_ session: UInt64) async throws -> DraftOrderAnswer {
                try await desk.ask(line, session: Key128(high: 0, low: session), shop: world.shop.id)
            }
            for _ in 0..<DraftOrderDesk.requestsOfSessionMax { #expect(try await ask(1) != .tooMany) }
            #expect(try await ask(1) == .tooMany)
            _ = try world.connection.query(
                """
                insert into shopify.draft_order (request, shop_id, session, state)
                select gen_random_uuid(), $1, gen_random_uuid(), 'asked' from generate_series(1, $2)
                """, [.int4(world.shop.id), .int8(DraftOrderDesk.requestsOfShopHourMax)])
            #expect(try await ask(2) == .tooMany)
            try world.connection.execute("update shopify.draft_order set asked_at = now() - interval '31 days'")
            #expect(try await ask(1) != .tooMany)
            #expect(try world.connection.query("select count(*) from shopify.draft_order")[0].int64(0) == 1)
        }
    }
}

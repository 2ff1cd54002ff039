import EventModel
import ReadModels
import Testing

/// A worked example for each definition of `metrics.md` that a visit carries.
@Suite struct DefinitionTests {
    static let base = VisitFoldTests.base

    static func visit(_ events: [TestEvent]) throws -> SessionState {
        let visits = try VisitFoldTests.fold(TestRules.facts(events)).visits
        #expect(visits.count == 1)
        return try #require(visits.first).state
    }

    static func at(_ seconds: Int64, _ name: String = "page_viewed", path: String = "/", data: String = "") -> TestEvent
    {
        TestEvent(name: name, time: base + seconds * 1000, path: path, data: data)
    }

    @Test func aBounceIsOnePageViewWithoutAnAct() throws {
        #expect(try Self.visit([Self.at(0)]).isBounce)
        #expect(try Self.visit([Self.at(0), Self.at(3, "clicked")]).isBounce)
        #expect(try !Self.visit([Self.at(0), Self.at(3)]).isBounce)
        #expect(try !Self.visit([Self.at(0), Self.at(3, "search_submitted")]).isBounce)
    }

    @Test func engagedIsLongerThanTenSecondsOrTwoViewsOrAKeyEvent() throws {
        #expect(try !Self.visit([Self.at(0), Self.at(10, "clicked")]).isEngaged)
        #expect(try Self.visit([Self.at(0), TestEvent(name: "clicked", time: Self.base + 10_001)]).isEngaged)
        #expect(try Self.visit([Self.at(0), Self.at(1)]).isEngaged)
        #expect(try Self.visit([Self.at(0), Self.at(1, "checkout_completed")]).isEngaged)
    }

    @Test func convertedIsACompletedCheckout() throws {
        #expect(try !Self.visit([Self.at(0), Self.at(1, "checkout_started")]).isConverted)
        let visit = try Self.visit([Self.at(0), Self.at(1, "checkout_started"), Self.at(2, "checkout_completed")])
        #expect(visit.isConverted && visit.stage == .purchase)
    }

    @Test func theOrderIsTimeThenSequenceThenIdBytewise() throws {
        var events = [2, 1, nil].enumerated().map { index, sequence in
            TestEvent(time: Self.base, sequence: sequence, id: "sh-\(index)", path: "/\(sequence ?? 0)")
        }
        #expect(try Self.visit(events).entryPage?.value == "/0")
        #expect(try Self.visit(events).exitPage?.value == "/2")
        events = ["sh-a", "sh-B", "sh-aa"].map { TestEvent(time: Self.base, sequence: 1, id: $0, path: "/\($0)") }
        #expect(try Self.visit(events).entryPage?.value == "/sh-B")
        #expect(try Self.visit(events).exitPage?.value == "/sh-aa")
    }

    @Test func tokensNeverBecomePages() throws {
        let paths = [
            "/checkouts/cn/Z2NwLXVz": "/checkouts/…", "/en/checkouts/cn/Z2NwLXVz/thank-you": "/checkouts/…",
            "/123/orders/abcdef": "/orders/…", "/account/orders/77": "/account/orders/…",
            "/cart/c/Z2Nw": "/cart/c/…", "/products/orders": "/products/orders", "/account/orders": "/account/orders",
        ]
        for (path, page) in paths { #expect(try Self.visit([Self.at(0, path: path)]).entryPage?.value == page) }
    }

    @Test func touchesAreCampaignsClickIDsAndForeignReferrers() throws {
        var event = Self.at(0)
        event.query = "?utm_source=News&utm_medium=email&utm_campaign=May+Sale"
        event.referrer = "https://www.google.com/"
        let campaign = try Self.visit([event]).attribution
        #expect(campaign.source == "news" && campaign.utm.source == "News" && campaign.utm.campaign == "May Sale")
        #expect(campaign.channel == "Email" && campaign.referrer == "google.com")
        event.query = "?gclid=abc"
        #expect(try Self.visit([event]).attribution.channel == "Paid Search")
        event.query = ""
        #expect(try Self.visit([event]).attribution.channel == "Organic Search")
        event.referrer = ""
        #expect(try Self.visit([event]).attribution.channel == "Direct")
    }

    @Test(arguments: [
        "?utm%5Fsource=google&utm%5Fmedium=cpc", "?a=1&gcl%69d=x", "?UTM%5Fsource=google&utm_medium=cpc", "?+gclid=x",
    ])
    func namesOfParametersAreDecoded(query: String) throws {
        var event = Self.at(0)
        event.query = query
        #expect(try Self.visit([event]).attribution.channel == "Paid Search")
        event.query = query.replacing("=", with: "x=")
        #expect(try Self.visit([event]).attribution.channel == "Direct")
    }

    /// One reader remembers what it has met: where no campaign is named only hosts tell.
    @Test func whatIsRememberedOfHostsIsNotOfCampaigns() throws {
        let cases: [(query: String, referrer: String, channel: String)] = [
            ("", "https://www.google.com/search", "Organic Search"),
            ("?a=1", "https://www.google.com/", "Organic Search"),
            ("?gclid=x", "https://www.google.com/search", "Paid Search"),
            ("", "https://www.bing.com/", "Organic Search"),
            ("", "https://blog.example/a", "Referral"), ("?b=2", "https://blog.example/b", "Referral"),
            ("?utm_source=n&utm_medium=email", "https://blog.example/b", "Email"),
            ("", "https://shop.example/x", "Direct"),
        ]
        let events = cases.enumerated().map { index, item in
            var event = Self.at(Int64(index), path: "/p/\(index)")
            (event.query, event.referrer) = (item.query, item.referrer)
            return event
        }
        let touches = try TestRules.facts(events).compactMap(\.touch)
        #expect(touches.map(\.channel) == cases.map(\.channel))
        #expect(touches[0].referrer == "google.com" && touches[3].referrer == "bing.com")
        #expect(touches[4] == touches[5])
    }

    @Test func ownHostsAndPaymentGatewaysGoOnFromWhatCameBefore() throws {
        var first = Self.at(0)
        first.referrer = "https://www.google.com/"
        var second = Self.at(3 * 3600)
        for referrer in ["https://shop.example/cart", "https://accounts.shop.example/", "https://www.paypal.com/pay"] {
            second.referrer = referrer
            #expect(try Self.visit([second]).attribution.channel == "Direct")
            let visits = try VisitFoldTests.fold(TestRules.facts([second, first])).visits
            #expect(visits.map(\.state.attribution.channel) == ["Organic Search", "Organic Search"])
            #expect(visits.map(\.state.isReturning) == [false, true])
        }
        second.referrer = ""
        let visits = try VisitFoldTests.fold(TestRules.facts([first, second])).visits
        #expect(visits.map(\.state.attribution.channel) == ["Organic Search", "Direct"])
    }

    @Test func aNewCampaignWithinAVisitAddsATouchAndDoesNotSplit() throws {
        var second = Self.at(60)
        second.query = "?gclid=abc"
        var third = Self.at(120)
        third.query = "?gclid=def"
        let visit = try Self.visit([Self.at(0), second, third, third])
        #expect(visit.attribution.channel == "Direct")
        #expect(visit.touches.map(\.value.clickID) == ["gclid", "gclid"])
        #expect(visit.lastTouch.channel == "Paid Search")
    }

    @Test func moneyIsReadFromItsText() {
        func cents(_ text: String, _ currency: String) -> Int64? {
            MinorUnits.parse(text.utf8, exponent: MinorUnits.exponent(of: currency))
        }
        #expect(cents("404.95", "EUR") == 40_495)
        #expect(cents("27.270000000000003", "EUR") == 2727)
        #expect(cents("0.005", "EUR") == 1)
        #expect(cents("1499.9", "JPY") == 1500)
        #expect(cents("1.2345", "KWD") == 1235)
        #expect(cents("-3", "USD") == -300)
        #expect(cents("1.5e3", "USD") == 150_000)
        #expect(cents("99999999999999999999", "USD") == nil)
        #expect(cents("abc", "USD") == nil)
    }

    @Test func cartAndCheckoutKeepTheirLastValue() throws {
        func cart(_ amount: String) -> String {
            "\"cart\":{\"id\":\"c1\",\"cost\":{\"totalAmount\":{\"amount\":\(amount),\"currencyCode\":\"EUR\"}}}"
        }
        let checkout = "\"checkout\":{\"token\":\"t9\",\"totalPrice\":{\"amount\":\"12.50\",\"currencyCode\":\"EUR\"}}"
        let visit = try Self.visit([
            Self.at(9, "cart_viewed", data: cart("7")), Self.at(5, "cart_viewed", data: cart("3")),
            Self.at(20, "checkout_started", data: checkout),
        ])
        #expect(visit.cartValue == Money(amount: 700, currency: "EUR"))
        #expect(visit.checkoutValue == Money(amount: 1250, currency: "EUR"))
        #expect(visit.cart?.value.token == "c1" && visit.checkout?.value.token == "t9")
    }

    private static func line(_ second: Int64, _ currency: String) -> TestEvent {
        let cost = "\"cost\":{\"totalAmount\":{\"amount\":3,\"currencyCode\":\"\(currency)\"}}"
        return at(second, "product_added_to_cart", data: "\"cartLine\":{\(cost)}")
    }

    @Test func aVisitKeepsFewCurrenciesWhateverTheirOrder() throws {
        let letters = "ABCDEFGHIJKL".map { String($0) }
        let events = letters.enumerated().map { Self.line(Int64($0), "X" + $1 + "X") } + [Self.line(60, "XAX")]
        let kept = Dictionary(uniqueKeysWithValues: letters.prefix(8).map { ("X\($0)X", $0 == "A" ? 600 : 300) })
        var random = SplitMix(3)
        for _ in 0..<5 {
            let visit = try Self.visit(events.shuffled(using: &random))
            #expect(visit.lines.mapValues { Int($0) } == kept)
        }
        let odd = ["eur", "E1R", "€", "EU "].map { Self.line(1, $0) }
        #expect(try Self.visit(odd).lines.isEmpty)
        #expect(try Self.visit(odd + [Self.line(2, "EUR")]).cartValue == Money(amount: 300, currency: "EUR"))
    }

    @Test func countsStandInTheBucketOfTheirOwnTime() throws {
        let start = Self.base / 900_000 * 900_000
        let events = [0, 899_999, 900_000].map { TestEvent(time: start + $0) }
        let buckets = try Self.visit(events).activity.buckets
        #expect(buckets.map(\.counts.pageviews) == [2, 1])
        #expect(buckets.map(\.number) == [start / 900_000, start / 900_000 + 1])
    }

    @Test func packedStatesReadBack() throws {
        var random = SplitMix(5)
        let timeline = VisitFoldTests.fold(try TestRules.facts(VisitFoldTests.randomEvents(&random)))
        for visit in timeline.visits {
            let state = visit.state
            let read = try SessionState(
                decoding: state.encoded(), activity: state.activity.encoded(), positions: state.positions.encoded())
            #expect(read == state)
        }
        #expect(throws: ByteReader.Damaged.self) { try SessionState(decoding: [1, 2], activity: [], positions: []) }
    }
}

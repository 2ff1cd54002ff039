/// What a shopper has come for, and how far the visit gets.
extension JourneyBuilder {
    /// Decides on the whole visit.
    mutating func visit() {
        let campaign = self.campaign()
        self.enter(by: campaign)
        if self.visitor.isBot {
            for _ in 0..<self.random.below(12) { self.browse() }
        } else {
            self.shop()
        }
        self.finish(campaign)
    }

    private mutating func campaign() -> Campaign {
        if self.visitor.isBot { return Campaign.all[0] }
        // People who know the shop type its name.
        if self.visitor.visits > 0 && self.random.chance(0.35) { return Campaign.all[0] }
        return Campaign.all[self.random.weighted(JourneyBuilder.campaignWeights)]
    }

    private mutating func enter(by campaign: Campaign) {
        let search = self.search(of: campaign)
        let referrer = campaign.referrer
        switch self.random.weighted(campaign.landsOnProduct ? [10, 70, 20, 0] : [45, 25, 18, 12]) {
        case 0: self.openHome(search: search, referrer: referrer)
        case 1: self.openProduct(search: search, referrer: referrer)
        case 2: self.openCollection(search: search, referrer: referrer)
        default: self.openArticle(search: search, referrer: referrer)
        }
    }

    private mutating func shop() {
        let isReturning = self.visitor.visits > 0
        let weights = isReturning ? [26, 42, 16, 7, 9] : [40, 38, 13, 5, 4]
        let intent = self.random.weighted(weights)
        guard intent > 0 else {
            if self.random.chance(0.05) { self.record(.formSubmitted, .short) }
            return
        }
        for _ in 0..<(1 + self.random.below(6)) { self.browse() }
        // Only visits of more than one page talk, and of those only the ones that may be known.
        if self.random.chance(self.world.options.shareWidget / 0.55), self.visitor.consent.allowsAnalytics {
            self.talkToWidget()
            self.openProduct()
        }
        if self.random.chance(0.015) { self.returnByCampaign() }
        guard intent > 1 else { return }
        for _ in 0..<(1 + self.random.below(3)) { self.addToCart(self.openProduct()) }
        if intent > 2 || self.random.chance(0.5) { self.openCart() }
        guard intent > 2 else { return }
        self.checkOut(completes: intent == 4)
    }

    /// A second campaign in the same visit: a touch, but no new visit.
    private mutating func returnByCampaign() {
        let campaign = self.random.pick(Campaign.all.filter { !$0.source.isEmpty })
        self.openHome(search: self.search(of: campaign), referrer: campaign.referrer)
        self.openCollection()
    }

    /// The landing page's parameters.
    private mutating func search(of campaign: Campaign) -> String {
        let named = [
            ("utm_source", campaign.source), ("utm_medium", campaign.medium), ("utm_campaign", campaign.name),
            ("utm_content", campaign.content), ("utm_term", campaign.term),
        ]
        var parameters = named.filter { !$0.1.isEmpty }.map { name, value in
            let plus = self.random.chance(0.5)
            return "\(name)=\(value.replacing(" ", with: plus ? "+" : "%20"))"
        }
        if !campaign.clickID.isEmpty {
            let value = IDText.base32(self.world.bits(IDKind.clickID, UInt64(self.session.number)))
            parameters.append("\(campaign.clickID)=EAIaIQob\(value)")
        }
        if parameters.isEmpty && self.random.chance(0.06) { parameters.append("variant=0") }
        return parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&")
    }

    /// Notes the values of the visit's dimensions, once it is whole.
    private mutating func finish(_ campaign: Campaign) {
        let last = self.session.events.count - 1
        self.session.events[last].quirks.remove(.contextEmpty)
        self.truth.kind = self.session.customerID == nil ? self.truth.kind : "customer"
        self.truth[.channel] = campaign.channel
        self.truth[.source] = campaign.reportSource
        self.truth[.referrer] = campaign.referrerHost
        self.truth[.utmSource] = campaign.source
        self.truth[.utmMedium] = campaign.medium
        self.truth[.utmCampaign] = campaign.name
        self.truth[.utmContent] = campaign.content
        self.truth[.utmTerm] = campaign.term
        self.truth[.entryPage] = self.session.pages.first?.reportPath ?? ""
        self.truth[.exitPage] = self.session.pages.last?.reportPath ?? ""
        if self.session.consent.allowsAnalytics {
            // Without consent no user agent is kept, so nothing is known of the device.
            self.truth[.device] = self.session.agent.device
            self.truth[.browser] = self.session.agent.browser
            self.truth[.os] = self.session.agent.os
        }
        self.truth[.country] = self.session.place.country
        self.truth[.visitorKind] = self.truth.kind
        self.truth[.returning] = self.visitor.visits > 0 ? "true" : "false"
        self.visitor.visits += 1
        self.visitor.lastEnd = self.now
    }

    private static let campaignWeights = Campaign.all.map(\.weight)
}

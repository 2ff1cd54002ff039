/// Tells where a page view came from by its address and referrer (`metrics.md`, Touch and attribution). A value; safe
/// from any thread; a few microseconds a call.
package struct ChannelClassifier: Sendable {
    private let lists: ReferenceLists

    /// A classifier that knows the sites of `lists`.
    package init(lists: ReferenceLists) {
        self.lists = lists
    }

    /// The touch of a page view. `ownHosts` are the shop's hosts in lower case, without `www.`; the page's own host is
    /// one of them in any case. Campaign parameters go before click ids, and both before the referrer.
    package func touch(url: String, referrer: String, ownHosts: Set<String> = []) -> Touch {
        let page = WebAddress(url)
        let from = WebAddress(referrer)
        let isOwn = from.host.isEmpty || from.host == page.host || Self.isOwn(from.host, ownHosts)
        let site = isOwn ? nil : self.lists.site(host: from.host)
        let isGateway = site?.kind == .payment
        var touch = self.campaign(page) ?? self.clicked(page)
        if touch == nil {
            if isGateway || (isOwn && !from.host.isEmpty) {
                touch = Touch(origin: .internal, channel: .direct, source: "(direct)", medium: "(none)")
            } else if isOwn {
                touch = Touch(origin: .direct, channel: .direct, source: "(direct)", medium: "(none)")
            }
        }
        var result = touch ?? self.referred(from.host, site)
        if !isOwn && !isGateway { result.referrer = from.host }
        return result
    }

    private static func isOwn(_ host: String, _ ownHosts: Set<String>) -> Bool {
        var rest = Substring(host)
        while true {
            if ownHosts.contains(String(rest)) { return true }
            guard let dot = rest.firstIndex(of: ".") else { return false }
            rest = rest[rest.index(after: dot)...]
        }
    }

    private func campaign(_ page: WebAddress) -> Touch? {
        guard !page.hasNoQuery else { return nil }
        let source = page.parameter("utm_source")
        let medium = page.parameter("utm_medium")
        let campaign = page.parameter("utm_campaign")
        guard source != nil || medium != nil || campaign != nil else { return nil }
        let click = self.click(page)
        // A click id fills what the campaign leaves open.
        var touch = Touch(
            origin: .campaign, channel: .unassigned, source: (source ?? click?.source ?? "(not set)").lowercased(),
            medium: (medium ?? (source == nil ? click?.medium : self.medium(click)) ?? "(not set)").lowercased())
        touch.campaign = campaign ?? ""
        touch.content = page.parameter("utm_content") ?? ""
        touch.term = page.parameter("utm_term") ?? ""
        touch.clickID = click?.parameter ?? ""
        touch.channel = self.channel(source: touch.source, medium: touch.medium, campaign: touch.campaign)
        return touch
    }

    /// What a click id says about the medium when the campaign names a source of its own: only that it was paid.
    private func medium(_ click: ClickSource?) -> String? {
        click.flatMap { ChannelRules.isPaid($0.medium) ? $0.medium : nil }
    }

    private func click(_ page: WebAddress) -> ClickSource? {
        self.lists.clickSources.first { page.parameter($0.parameter) != nil }
    }

    private func clicked(_ page: WebAddress) -> Touch? {
        guard !page.hasNoQuery, let click = self.click(page) else { return nil }
        var touch = Touch(origin: .clickID, channel: .unassigned, source: click.source, medium: click.medium)
        touch.clickID = click.parameter
        touch.channel = self.channel(source: click.source, medium: click.medium, campaign: "")
        return touch
    }

    private func referred(_ host: String, _ site: KnownSite?) -> Touch {
        let medium =
            switch site?.kind {
            case .search: "organic"
            case .social: "social"
            case .email: "email"
            default: "referral"
            }
        var touch = Touch(origin: .referrer, channel: .referral, source: site?.name ?? host, medium: medium)
        switch site?.kind {
        case .assistant: touch.channel = .aiAssistant
        case .shopping: touch.channel = .organicShopping
        case .social: touch.channel = .organicSocial
        case .video: touch.channel = .organicVideo
        case .search: touch.channel = .organicSearch
        case .email: touch.channel = .email
        case .payment, nil: touch.channel = .referral
        }
        return touch
    }

    /// The channel of a source, medium and campaign by GA4's rules, in their order; `AI Assistant` stands before the
    /// organic ones.
    package func channel(source: String, medium: String, campaign: String) -> Channel {
        let (source, medium, campaign) = (source.lowercased(), medium.lowercased(), campaign.lowercased())
        if source == "(direct)", ["(none)", "(not set)", ""].contains(medium) { return .direct }
        if campaign.has("cross-network") { return .crossNetwork }
        func isIn(_ kind: SiteKind) -> Bool { self.lists.site(source: source, kind: kind) != nil }
        let isPaid = ChannelRules.isPaid(medium)
        let isShopping = isIn(.shopping) || ChannelRules.isShopping(campaign)
        if isPaid {
            if isShopping { return .paidShopping }
            if isIn(.search) { return .paidSearch }
            if isIn(.social) { return .paidSocial }
            if isIn(.video) { return .paidVideo }
        }
        if ChannelRules.displayMedia.contains(medium) { return .display }
        if isPaid { return .paidOther }
        if isIn(.assistant) { return .aiAssistant }
        if isShopping { return .organicShopping }
        if isIn(.social) || ChannelRules.socialMedia.contains(medium) { return .organicSocial }
        if isIn(.video) || medium.has("video") { return .organicVideo }
        if isIn(.search) || medium == "organic" { return .organicSearch }
        return self.otherChannel(source: source, medium: medium)
    }

    private func otherChannel(source: String, medium: String) -> Channel {
        if ChannelRules.referralMedia.contains(medium) { return .referral }
        if ChannelRules.emailWords.contains(source) || ChannelRules.emailWords.contains(medium)
            || self.lists.site(source: source, kind: .email) != nil
        {
            return .email
        }
        if ["affiliate", "affiliates"].contains(medium) { return .affiliates }
        if medium == "audio" { return .audio }
        if source == "sms" || medium == "sms" { return .sms }
        if medium.hasSuffix("push") || medium.has("mobile") || medium.has("notification")
            || source == "firebase"
        {
            return .mobilePush
        }
        return .unassigned
    }
}

/// The word lists and expressions of GA4's default channel group.
enum ChannelRules {
    static let displayMedia: Set<String> = ["display", "banner", "expandable", "interstitial", "cpm"]
    static let socialMedia: Set<String> = [
        "social", "social-network", "social-media", "sm", "social network", "social media",
    ]
    static let referralMedia: Set<String> = ["referral", "app", "link"]
    static let emailWords: Set<String> = ["email", "e-mail", "e_mail", "e mail"]

    /// `^(.*cp.*|ppc|retargeting|paid.*)$`
    static func isPaid(_ medium: String) -> Bool {
        medium.has("cp") || medium == "ppc" || medium == "retargeting" || medium.hasPrefix("paid")
    }

    /// `^(.*(([^a-df-z]|^)shop|shopping).*)$`: "shop" as a word's beginning or behind an "e" (eshop), or "shopping".
    static func isShopping(_ campaign: String) -> Bool {
        guard campaign.has("shop") else { return false }
        if campaign.has("shopping") { return true }
        var rest = Substring(campaign)
        var before: Character?
        while !rest.isEmpty {
            if rest.hasPrefix("shop") {
                guard let before, before.isASCII, before.isLetter, before != "e" else { return true }
            }
            before = rest.removeFirst()
        }
        return false
    }
}

extension String {
    /// Has the ASCII `word` in it; looks at bytes, for which `contains` takes ten times as long.
    fileprivate func has(_ word: String) -> Bool {
        var rest = utf8[...]
        while let first = word.utf8.first, let place = rest.firstIndex(of: first) {
            rest = rest[place...]
            if rest.starts(with: word.utf8) { return true }
            rest.removeFirst()
        }
        return false
    }
}

package import EventModel
package import Pipelines

/// What the fact reader asks of the pipelines' definitions and lists. Answers are remembered, so none of these is on the
/// hot path. A class, so that passing it on is no work an event.
package final class FactRules: Sendable {
    /// The traits of an event by source and name.
    package let traits: @Sendable (EventSource, String) -> EventFacts.Traits
    /// Events of this source and name are folded by a commerce read model.
    package let hasDocument: @Sendable (EventSource, String) -> Bool
    /// A user agent's families.
    package let agent: @Sendable (String) -> Agent
    /// What an address and a referrer say of where a page view of the shop came from.
    package let touch: @Sendable (ShopID, _ url: String, _ referrer: String) -> Touch
    /// Query parameters that make an address worth a look, beside those that begin with `utm_`.
    package let clickIDs: [String]
    /// Where the fields of a pixel's and a widget's event stand.
    let pixel: FactPointers
    let widget: FactPointers

    /// Rules with fields where Shopify's pixel and our widget have them; for tests.
    package init(
        traits: @escaping @Sendable (EventSource, String) -> EventFacts.Traits,
        agent: @escaping @Sendable (String) -> Agent,
        touch: @escaping @Sendable (ShopID, _ url: String, _ referrer: String) -> Touch, clickIDs: [String]
    ) {
        self.traits = traits
        self.hasDocument = { _, _ in false }
        self.agent = agent
        self.touch = touch
        self.clickIDs = clickIDs
        self.pixel = FactPointers(FactPointers.usualPixel + FactPointers.commerce)
        self.widget = FactPointers(FactPointers.usualWidget + FactPointers.lead)
    }

    /// The rules that `pipelines/` states. `ownHosts` are a shop's hosts in lower case, without `www.`.
    package init(
        catalog: PipelineCatalog, agents: AgentClassifier, ownHosts: @escaping @Sendable (ShopID) -> Set<String>
    ) {
        let classifier = ChannelClassifier(lists: catalog.lists)
        self.traits = { source, name in
            catalog.pipeline(for: source).map { EventFacts.Traits($0.definition(for: name)) } ?? []
        }
        self.hasDocument = { source, name in
            let projections = catalog.pipeline(for: source)?.definition(for: name).projections ?? []
            return !CommerceDocument.readers.isDisjoint(with: projections)
        }
        self.agent = { Agent(agents.agent($0)) }
        self.touch = { shop, url, referrer in
            Touch(classifier.touch(url: url, referrer: referrer, ownHosts: ownHosts(shop)), url: url)
        }
        self.clickIDs = catalog.lists.clickSources.map(\.parameter)
        self.pixel = FactPointers(FactPointers.fields(of: catalog.pixel) + FactPointers.commerce)
        self.widget = FactPointers(FactPointers.fields(of: catalog.widget) + FactPointers.lead)
    }
}

extension EventFacts.Traits {
    init(_ definition: EventDefinition) {
        self = []
        if definition.isInteractive { insert(.interactive) }
        if definition.isKey { insert(.key) }
        if definition.isLead { insert(.lead) }
    }
}

extension Agent {
    convenience init(_ agent: Pipelines.Agent) {
        self.init(
            browser: agent.browser, os: agent.system, device: agent.device.rawValue, isBot: agent.device == .bot)
    }
}

extension Touch {
    /// A classifier's verdict on a page view at `url`.
    convenience init(_ verdict: Pipelines.Touch, url: String) {
        let kind: Kind =
            switch verdict.origin {
            case .direct: .direct
            case .internal: .continuation
            case .campaign, .clickID, .referrer: .campaign
            }
        let address = WebAddress(url)
        func parameter(_ name: String) -> String { PageAddress.text(address.parameter(name) ?? "") }
        var utm = UTM()
        if verdict.origin == .campaign {
            utm.source = parameter("utm_source")
            utm.medium = parameter("utm_medium")
            utm.campaign = parameter("utm_campaign")
            utm.content = parameter("utm_content")
            utm.term = parameter("utm_term")
        }
        let click = verdict.clickID.isEmpty ? "" : address.parameter(verdict.clickID) ?? ""
        self.init(
            kind: kind, channel: verdict.channel.rawValue, source: PageAddress.text(verdict.source),
            medium: PageAddress.text(verdict.medium), referrer: PageAddress.text(verdict.referrer), utm: utm,
            clickID: verdict.clickID, clickHash: click.isEmpty ? 0 : Checksum.xxh64(Array(click.utf8).span))
    }
}

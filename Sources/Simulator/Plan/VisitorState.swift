/// What stays with a shopper from visit to visit.
struct VisitorState: Sendable {
    let number: Int
    let agent: Agent
    let isBot: Bool
    let place: Place
    let consent: ConsentForm
    /// The app may see this shopper's personal fields.
    let showsPersonalData: Bool
    var visits = 0
    /// Time of the last event of the last visit.
    var lastEnd: Int64 = 0
    var cart: [CartLine] = []
    var cartToken = ""
    var hasOrdered = false
    var hasLeftLead = false

    /// A new shopper; the same number gives the same one.
    init(number: Int, isBot: Bool, world: ShopWorld) {
        var random = SeededGenerator(seed: world.options.seed, stream: 0xB1_0000_0000 &+ UInt64(number))
        self.number = number
        self.isBot = isBot
        self.agent = isBot ? random.pick(Agent.bots) : Agent.shoppers[random.weighted(VisitorState.agentWeights)]
        self.place = isBot ? Place.all[0] : Place.all[random.weighted(VisitorState.placeWeights)]
        self.showsPersonalData = random.chance(0.3)
        self.consent = VisitorState.consent(&random, isBot: isBot, refusals: world.options.shareWithoutConsent)
    }

    private static func consent(_ random: inout SeededGenerator, isBot: Bool, refusals: Double) -> ConsentForm {
        // A crawler's refusal leaves nothing in the payload that tells it from a shopper.
        if isBot { return refusals > 0 && random.chance(0.3) ? .denied : .unstated }
        if random.chance(refusals) { return random.chance(0.7) ? .denied : .deniedShopifyNames }
        return [.unstated, .granted, .grantedWithoutMarketing, .grantedShopifyNames][random.weighted([25, 50, 15, 10])]
    }

    private static let agentWeights = Agent.shoppers.map(\.weight)
    private static let placeWeights = Place.all.map(\.weight)
}

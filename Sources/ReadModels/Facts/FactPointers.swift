internal import EventModel
internal import Pipelines

/// What the fact reader looks for in a payload.
enum FactField: Int, CaseIterable {
    case id, sequence, url, path, host, query, referrer, userAgent, customer
    case collectionID, collectionTitle, searchTerm
    case cartToken, cartAmount, cartCurrency, lineAmount, lineCurrency
    case checkoutToken, checkoutAmount, checkoutCurrency
    case marketing, personName, answers
    /// May be met many times.
    case product, variant

    /// The field's bit in a set of found fields.
    var bit: UInt32 { 1 << UInt32(rawValue) }

    /// Any of these makes `CommerceFacts`.
    static let commerce: UInt32 = [
        FactField.collectionID, .collectionTitle, .searchTerm, .cartToken, .cartAmount, .lineAmount, .checkoutToken,
        .checkoutAmount, .product, .variant,
    ].reduce(0) { $0 | $1.bit }
}

/// The pointers of one source, compiled, with the field each finds; of several for one field the earlier one wins.
final class FactPointers: Sendable {
    typealias Pattern = (field: FactField, pointer: String)

    let set: PointerSet
    let fields: [FactField]

    init(_ patterns: [Pattern]) {
        self.set = PointerSet(patterns.map(\.pointer))
        self.fields = patterns.map(\.field)
    }

    /// The fields that a pipeline file places, and their parts where an event has no whole address.
    static func fields(of pipeline: SourcePipeline) -> [Pattern] {
        var placed: [(field: FactField, rank: Int, pointer: String)] = []
        for (pointer, role) in zip(pipeline.pointers.patterns, pipeline.roles) {
            guard let role, let field = FactField(role.field) else { continue }
            placed.append((field, role.rank, pointer))
        }
        placed.sort { ($0.field.rawValue, $0.rank) < ($1.field.rawValue, $1.rank) }
        return placed.map { ($0.field, $0.pointer) } + (pipeline.source == .pixel ? addressParts : [])
    }

    private static let addressParts: [Pattern] = [
        (.path, "/context/document/location/pathname"), (.host, "/context/document/location/host"),
        (.query, "/context/document/location/search"),
    ]

    static let usualPixel: [Pattern] =
        [
            (.id, "/id"), (.sequence, "/seq"), (.url, "/context/document/location/href"),
            (.referrer, "/context/document/referrer"), (.userAgent, "/context/navigator/userAgent"),
            (.customer, "/data/checkout/order/customer/id"),
        ] + addressParts

    static let usualWidget: [Pattern] = [
        (.id, "/id"), (.url, "/page/url"), (.url, "/data/page/url"), (.referrer, "/page/referrer"),
        (.referrer, "/data/page/referrer"), (.customer, "/customerId"), (.marketing, "/consent/marketing"),
    ]

    /// What the pixel's standard events say of products, carts and checkouts.
    static let commerce: [Pattern] = [
        (.product, "/data/productVariant/product/id"), (.variant, "/data/productVariant/id"),
        (.product, "/data/cartLine/merchandise/product/id"), (.variant, "/data/cartLine/merchandise/id"),
        (.product, "/data/checkout/lineItems/*/variant/product/id"),
        (.variant, "/data/checkout/lineItems/*/variant/id"),
        (.lineAmount, "/data/cartLine/cost/totalAmount/amount"),
        (.lineCurrency, "/data/cartLine/cost/totalAmount/currencyCode"),
        (.collectionID, "/data/collection/id"), (.collectionTitle, "/data/collection/title"),
        (.searchTerm, "/data/searchResult/query"),
        (.cartToken, "/data/cart/id"), (.cartAmount, "/data/cart/cost/totalAmount/amount"),
        (.cartCurrency, "/data/cart/cost/totalAmount/currencyCode"),
        (.checkoutToken, "/data/checkout/token"), (.checkoutAmount, "/data/checkout/totalPrice/amount"),
        (.checkoutCurrency, "/data/checkout/totalPrice/currencyCode"),
    ]

    /// A lead's.
    static let lead: [Pattern] = [(.personName, "/name"), (.answers, "/answers")]

    /// Of webhooks whole documents are read.
    static let none = FactPointers([])
}

extension FactField {
    /// The fields of a pipeline file that the folds use.
    init?(_ field: EventField) {
        switch field {
        case .id: self = .id
        case .seq: self = .sequence
        case .url: self = .url
        case .referrer: self = .referrer
        case .userAgent: self = .userAgent
        case .customerID: self = .customer
        case .consentMarketing: self = .marketing
        case .name, .time, .type, .clientID, .consentAnalytics, .consentPreferences, .consentSaleOfData, .sessionID,
            .token, .tenant, .email, .phone, .consent:
            return nil
        }
    }
}

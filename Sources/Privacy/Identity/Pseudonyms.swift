internal import Cryptography
package import EventModel
internal import Pipelines

/// A visitor's pseudonym.
package struct Visitor: Sendable, Equatable {
    /// What the pseudonym stands for.
    package var kind: VisitorKind
    /// The pseudonym, unique within the shop.
    package var id: Key128

    /// Nobody: webhooks.
    package static let none = Visitor(kind: .none, id: .zero)
}

extension ShopContext {
    /// The visitor of a client id; the same hash as the client's handle, so that sealed events lead to their visitor.
    package func visitor(clientID: [UInt8]) -> Visitor? {
        self.handle(.client, clientID).map { Visitor(kind: .client, id: $0.hash) }
    }

    /// The visitor of a customer id, a number or a gid; the same hash as the customer's handle.
    package func visitor(customerID: [UInt8]) -> Visitor? {
        self.handle(.customer, customerID).map { Visitor(kind: .customer, id: $0.hash) }
    }

    /// The visitor of an origin under a day's salt. Neither the shop's keys nor the salt alone lead back.
    package func visitor(_ origin: RequestOrigin, salt: DailySalt) -> Visitor {
        if let known = origin.daily, known.shop === self, known.salt == salt { return known.visitor }
        var message: [UInt8] = []
        message.reserveCapacity(24)
        message.appendInteger(self.shop)
        message.append(origin.address)
        message.append(0)
        let code = salt.code.authenticate(message.span, origin.userAgent.utf8.span)
        let hash = self.visitors.authenticate128(code.span)
        let visitor = Visitor(kind: .daily, id: Key128(high: hash.high, low: hash.low))
        origin.daily = (self, salt, visitor)
        return visitor
    }

    /// What stands for the number that an advertiser gave to one click of one person: equal for equal clicks of `scope`, a
    /// visitor or an event, and for nobody else, so that it links nothing that the visitor's pseudonym does not.
    func click(_ number: Span<UInt8>, of scope: Key128) -> [UInt8] {
        var message = Self.click
        message.append(scope)
        var text = Self.clickMarker
        Hex.append(littleEndian: self.visitors.authenticate128(message.span, number).high, to: &text)
        text.append(UInt8(ascii: ")"))
        return text
    }

    private static let click = Array("click".utf8)
    private static let clickMarker = Array("(click-".utf8)
}

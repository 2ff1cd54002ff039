/// The widget's calls. They carry the time of the event, as history needs: `timestamp` stands in all three bodies.
extension RequestWriter {
    func widgetStart(_ session: PlannedSession, _ index: Int) -> OutgoingRequest {
        let event = session.events[index]
        let page = session.pages[event.page]
        let body =
            "{\"tenantId\":\"\(self.world.options.shop)\",\"clientId\":\"\(session.clientID)\","
            + "\"timestamp\":\"\(ClockText.utc(event.time))\",\"page\":{\"url\":\"\(self.world.origin)\(page.path)"
            + "\(page.search)\",\"referrer\":\"\(page.referrer)\",\"title\":\(JSONText.string(page.title))}}"
        return self.widgetRequest("session/start", session, token: nil, body: body)
    }

    func widgetEvent(_ session: PlannedSession, _ index: Int, _ opened: WidgetSession) -> OutgoingRequest {
        let event = session.events[index]
        let body =
            "{\"sessionId\":\"\(opened.sessionId)\",\"id\":\"\(self.widgetID(session, index))\","
            + "\"name\":\"\(event.kind.name)\",\"timestamp\":\"\(ClockText.utc(event.time))\","
            + "\"data\":{\"position\":\(index),\"score\":0.75}\(self.tokenInBody(session, opened))}"
        return self.widgetRequest("event", session, token: opened.token, body: body)
    }

    func widgetLead(_ session: PlannedSession, _ index: Int, _ opened: WidgetSession) -> OutgoingRequest {
        let event = session.events[index]
        let person = Person(number: session.person, seed: self.world.options.seed)
        let hasPhone = session.number % 3 == 0 && session.person < Person.phonesMax
        let phone = hasPhone ? "\"phone\":\"\(person.phone)\"," : ""
        let body =
            "{\"sessionId\":\"\(opened.sessionId)\",\"id\":\"\(self.widgetID(session, index))\","
            + "\"timestamp\":\"\(ClockText.utc(event.time))\",\"email\":\"\(person.email)\",\(phone)"
            + "\"name\":\"\(person.first) \(person.last)\",\"answers\":{\"position\":\"side\",\"budget\":900},"
            + "\"consent\":{\"marketing\":\(session.number % 2 == 0)}\(self.tokenInBody(session, opened))}"
        return self.widgetRequest("lead", session, token: opened.token, body: body)
    }

    private func widgetID(_ session: PlannedSession, _ index: Int) -> String {
        self.world.uuid(IDKind.widget, UInt64(session.number) &* 4096 &+ UInt64(index))
    }

    /// Half of the widgets send the token in the body, the others as a bearer token.
    private func tokenInBody(_ session: PlannedSession, _ opened: WidgetSession) -> String {
        session.number % 2 == 0 ? ",\"token\":\(JSONText.string(opened.token))" : ""
    }

    private func widgetRequest(
        _ name: String, _ session: PlannedSession, token: String?, body: String
    ) -> OutgoingRequest {
        var headers = self.browserHeaders(session)
        headers.append(("Content-Type", "application/json"))
        headers.append(("Origin", self.world.origin))
        if let token, session.number % 2 == 1 { headers.append(("Authorization", "Bearer \(token)")) }
        return OutgoingRequest(
            path: "\(self.options.widgetPrefix)/\(name)", headers: headers, body: Array(body.utf8))
    }
}

/// What `session/start` answers, as far as it is needed.
struct WidgetSession: Decodable, Sendable {
    let sessionId: String
    let token: String
}

import Foundation
import Pipelines
import TestSupport
import Testing

@Suite struct AgentClassifierTests {
    private static let isInstalled = FileManager.default.fileExists(atPath: AgentClassifier.debianPath)
    private static let testFolder = "/usr/share/uap-core/tests/"

    @Test(
        .enabled(if: isInstalled),
        arguments: [
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
                    + "Chrome/128.0.0.0 Safari/537.36", "Chrome", "Mac OS X", DeviceClass.desktop
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                    + "Version/17.5 Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", .mobile
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 "
                    + "Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", .tablet
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
                    + "Chrome/126.0.0.0 Mobile Safari/537.36", "Chrome Mobile", "Android", .mobile
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
                    + "Safari/537.36", "Chrome", "Android", .tablet
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox",
                "Windows", .desktop
            ),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "Other", .bot),
            ("curl/8.5.0", "curl", "Other", .bot),
            (
                "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/119.3.1 like "
                    + "Chrome/119.0.6045.193 Safari/537.36", "Amazon Silk", "Android", .tablet
            ),
            (
                "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) "
                    + "Chrome/96.0.4664.104 Mobile Safari/537.36", "Chrome Mobile", "Android", .mobile
            ),
            (
                "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) "
                    + "Chrome/128.0.0.0 Mobile Safari/537.36 (compatible; GoogleOther)", "Chrome Mobile", "Android",
                .bot
            ),
            (
                "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "crawler",
                "Other", .bot
            ),
        ])
    func knowsTheUsualOnes(text: String, browser: String, system: String, device: DeviceClass) {
        let agent = AgentClassifier().agent(text)
        #expect((agent.browser, agent.system, agent.device) == (browser, system, device))
        #expect(agent.isBot == (device == .bot))
    }

    @Test(arguments: [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", AgentSender.crawler),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36", .crawler),
        ("python-requests/2.31.0", .library), ("curl/8.5.0", .library), ("", .person),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0", .person),
        ("Mozilla/5.0 (Linux; Android 10; CUBOT X19) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", .person),
    ])
    func tellsCrawlersFromLibraries(text: String, sender: AgentSender) {
        let classifier = AgentClassifier()
        #expect(classifier.sender(text) == sender)
        #expect(classifier.agent(text).isBot == (sender != .person))
    }

    @Test func aVeryLongAgentIsCutBetweenItsBytes() {
        let text = "Googlebot/2.1 " + String(repeating: "é", count: 600)
        #expect(AgentClassifier().agent(text).isBot)
    }

    @Test func worksWithoutTheFile() {
        let classifier = AgentClassifier(path: "/nowhere")
        #expect(!classifier.hasExpressions)
        #expect(classifier.agent("Googlebot/2.1").isBot)
        #expect(classifier.agent("") == .unknown)
    }

    /// The cases of the uap-core project itself: agents with the family that each should have.
    private func cases(_ file: String) throws -> [(agent: String, family: String)] {
        var cases: [(agent: String, family: String)] = []
        for line in try String(contentsOfFile: Self.testFolder + file, encoding: .utf8).split(separator: "\n") {
            let line = line.drop { $0 == " " || $0 == "-" }
            func value(_ key: String) -> String? {
                guard line.hasPrefix(key) else { return nil }
                let text = line.dropFirst(key.count).drop { $0 == " " }
                guard let quote = text.first, quote == "'" || quote == "\"" else { return String(text) }
                let inner = String(text.dropFirst().dropLast(text.hasSuffix(String(quote)) ? 1 : 0))
                return quote == "'" ? inner.replacingOccurrences(of: "''", with: "'") : inner
            }
            if let agent = value("user_agent_string:") { cases.append((agent, "")) }
            if let family = value("family:"), !cases.isEmpty { cases[cases.count - 1].family = family }
        }
        return cases
    }

    @Test(.enabled(if: isInstalled), arguments: ["test_ua.yaml", "test_os.yaml"])
    func agreesWithTheProjectsOwnTests(file: String) throws {
        let classifier = AgentClassifier()
        let cases = try self.cases(file)
        try #require(cases.count > 300)
        let wrong = cases.filter { test in
            let agent = classifier.agent(test.agent)
            return (file == "test_ua.yaml" ? agent.browser : agent.system) != test.family
        }
        let rate = Double(cases.count - wrong.count) / Double(cases.count)
        #expect(rate >= 0.99, "\(rate) of \(cases.count); \(wrong.prefix(5))")
    }

    /// Every device of the project's tests that is no spider is a person's, and the other way round.
    @Test(.enabled(if: isInstalled)) func takesTheProjectsDevicesForPeople() throws {
        let classifier = AgentClassifier()
        // Of 16,000 every hundredth: each is new to the classifier.
        let cases = try self.cases("test_device.yaml").enumerated().filter { $0.offset % 100 == 0 }.map(\.element)
        try #require(cases.count > 100)
        let wrong = cases.filter { classifier.agent($0.agent).isBot != ($0.family == "Spider") }
        let rate = Double(cases.count - wrong.count) / Double(cases.count)
        #expect(rate >= 0.98, "\(wrong.count) of \(cases.count); \(wrong.prefix(20))")
    }
}

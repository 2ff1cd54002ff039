internal import Foundation
internal import Synchronization

/// Tells browser, system and device from a user agent, by the expressions of the uap-core project.
///
/// Shared by all threads. The expressions are read and compiled when they are first needed; the last results are kept,
/// some 1 MB when full, and never more than 8. A known agent costs a look-up, an unknown one some hundred microseconds.
package final class AgentClassifier: Sendable {
    private struct State {
        var matchers: (browsers: AgentMatcher, systems: AgentMatcher, devices: AgentMatcher)?
        /// Two generations, as a cheap form of least recently used.
        var young: [String: Agent] = [:]
        var old: [String: Agent] = [:]
    }

    /// Where Debian's package uap-core puts the file.
    package static let debianPath = "/usr/share/uap-core/regexes.yaml"
    /// No real user agent is longer; what is cut off says nothing new, and expressions stay fast.
    private static let agentBytesMax = 1024
    private static let generationMax = 2_000

    private let path: String
    private let state: Mutex<State>

    /// A classifier by the expressions in the file at `path`. Without the file only the device is told, by words.
    package init(path: String = AgentClassifier.debianPath) {
        self.path = path
        self.state = Mutex(State())
    }

    /// What `userAgent` says.
    package func agent(_ userAgent: String) -> Agent {
        if userAgent.isEmpty { return .unknown }
        let userAgent = Self.cut(userAgent)
        return self.state.withLock { state in
            if let known = state.young[userAgent] { return known }
            let agent = state.old[userAgent] ?? self.classify(userAgent, &state)
            if state.young.count >= Self.generationMax {
                state.old = state.young
                state.young.removeAll(keepingCapacity: true)
            }
            state.young[userAgent] = agent
            return agent
        }
    }

    /// What `userAgent` says of who is there; costs less than `agent(_:)`, with which it agrees, and remembers nothing.
    package func sender(_ userAgent: String) -> AgentSender {
        let agent = Self.cut(userAgent)
        let text = agent.lowercased()
        if DeviceClass.isCrawler(text) { return .crawler }
        if DeviceClass.isLibrary(text) { return .library }
        let isSpider = self.state.withLock { state in
            var matchers = state.matchers ?? self.load()
            defer { state.matchers = matchers }
            return matchers.devices.leads(to: "Spider", of: agent, lowercased: Array(text.utf8))
        }
        return isSpider ? .crawler : .person
    }

    private static func cut(_ userAgent: String) -> String {
        guard userAgent.utf8.count > agentBytesMax else { return userAgent }
        return String(decoding: userAgent.utf8.prefix(agentBytesMax), as: UTF8.self)
    }

    /// True when the file of expressions can be read (`footfall doctor`).
    package var hasExpressions: Bool { FileManager.default.isReadableFile(atPath: self.path) }

    private func classify(_ agent: String, _ state: inout State) -> Agent {
        var matchers = state.matchers ?? self.load()
        defer { state.matchers = matchers }
        let lowercased = agent.lowercased()
        let bytes = Array(lowercased.utf8)
        let browser = matchers.browsers.family(of: agent, lowercased: bytes)
        let system = matchers.systems.family(of: agent, lowercased: bytes)
        let isSpider = matchers.devices.leads(to: "Spider", of: agent, lowercased: bytes)
        return Agent(
            browser: browser ?? "Other", system: system ?? "Other",
            device: DeviceClass.of(lowercased, system: system ?? "Other", isSpider: isSpider))
    }

    private func load() -> (browsers: AgentMatcher, systems: AgentMatcher, devices: AgentMatcher) {
        // A missing file is told by `footfall doctor`; events go on without browser and system.
        let text = (try? String(contentsOfFile: self.path, encoding: .utf8)) ?? ""
        let rules = AgentRules(yaml: text)
        return (AgentMatcher(rules.browsers), AgentMatcher(rules.systems), AgentMatcher(rules.devices))
    }
}

/// Who is behind a user agent.
package enum AgentSender: Sendable {
    /// A browser, or nothing that says otherwise.
    case person
    /// A program that goes about by itself.
    case crawler
    /// A library: some program, perhaps one that speaks for others.
    case library
}

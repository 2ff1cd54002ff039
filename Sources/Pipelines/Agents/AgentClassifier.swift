internal import Foundation
internal import Synchronization

/// Tells browser, system and device from a user agent, by the expressions of the uap-core project.
///
/// Shared by all threads. The expressions are read and compiled when they are first needed; the last results are kept,
/// some 1 MB when full. A known agent costs a look-up, an unknown one some hundred microseconds.
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
        return self.state.withLock { state in
            if let known = state.young[userAgent] { return known }
            let agent =
                state.old[userAgent] ?? self.classify(String(userAgent.utf8.prefix(Self.agentBytesMax)) ?? "", &state)
            if state.young.count >= Self.generationMax {
                state.old = state.young
                state.young.removeAll(keepingCapacity: true)
            }
            state.young[userAgent] = agent
            return agent
        }
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

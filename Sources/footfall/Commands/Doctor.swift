internal import ArgumentParser
internal import Foundation
internal import PrivateStores

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks everything a deployment needs; each line is pass, warn or fail, with the remedy.")
    @Flag(help: "Print JSON, a line a check.") var json = false
    @OptionGroup var stores: StoreOptions

    func run() async throws {
        var findings: [Finding] = []
        var folder: String?
        do {
            folder = try await stores.folder()
            var silence: String?
            findings += try await stores.withSettings(isGated: false, onSilence: { silence = $0 }) { settings in
                await Checkup(settings).run()
            }
            if let silence { findings.append(Finding("stores", .fail, silence)) }
        } catch let failure as CommandFailure {
            findings.append(Finding("settings", .fail, failure.message))
        } catch let error as PrivateStoresError {
            findings.append(Finding("stores", .fail, error.message))
        }
        findings += Checkup.folders(data: folder)
        for finding in findings {
            if json {
                try Terminal.print(json: finding)
            } else {
                let title = finding.check.padding(toLength: 22, withPad: " ", startingAt: 0)
                Terminal.print("\(finding.state.rawValue)  \(title) \(finding.detail)")
            }
        }
        if findings.contains(where: { $0.state == .fail }) { throw ExitCode(1) }
    }
}

/// One line of the doctor.
struct Finding: Encodable, Sendable {
    enum State: String, Encodable, Sendable { case pass, warn, fail }
    let check: String
    let state: State
    let detail: String

    init(_ check: String, _ state: State, _ detail: String) {
        self.check = check
        self.state = state
        self.detail = detail
    }

    /// Passes with `good`, or fails (or warns) with the remedy.
    init(_ check: String, _ holds: Bool, good: String, else state: State = .fail, _ remedy: String) {
        self.init(check, holds ? .pass : state, holds ? good : remedy)
    }
}

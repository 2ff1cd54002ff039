import Foundation
import PrivateStores
import Testing

/// `footfall up` on a folder that a file names, beside stores that stand still.
@Suite struct UpTests {
    /// A working folder whose `.env` names a data folder in it; both are removed afterwards.
    private func with(_ body: (URL, String) async throws -> Void) async throws {
        let name = "footfall-work-\(UUID().uuidString.prefix(8))"
        let work = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }  // a leftover folder harms nobody
        let data = work.appending(path: "named").path
        try Data("FOOTFALL_DATA=\(data)\n".utf8).write(to: work.appending(path: ".env"))
        try await body(work, data)
    }

    private func start(_ work: URL) async throws -> FootfallProcess {
        let process = try FootfallProcess(
            ["up", "--port", "0"], environment: ["LOG_FORMAT": "json", "LOG_LEVEL": "info"], in: work)
        try #require(
            await eventually(within: patience) { process.printed().contains("listens on") || !process.isRunning })
        try #require(process.isRunning, "\(process.printed())")
        return process
    }

    @Test(.timeLimit(.minutes(5))) func storesThatStandStillAreToldOfAndHoldNoEndUp() async throws {
        try await with { work, data in
            let process = try await start(work)
            defer { process.kill() }
            let (postgres, redis) = try (pid(data + "/postgres/data/postmaster.pid"), pid(data + "/redis/redis.pid"))
            let added = try command(work, "shop", "add", "a.myshopify.com", "--timezone", "UTC", "--currency", "EUR")
            #expect(added.status == 0)

            kill(redis, SIGSTOP)
            let doctor = try command(work, "doctor", "--json")
            #expect(doctor.status == 1)
            #expect(doctor.output.contains("redis does not answer"), "\(doctor.output)")
            #expect(doctor.output.contains(#""check":"vault""#), "\(doctor.output)")
            #expect(try command(work, "log", "stats").status == 1)

            let all = postgres.withChildren + [redis]
            for id in all { kill(id, SIGSTOP) }
            #expect(try await process.stop(within: StopTests.stopMax) == 0, "\(process.printed())")
            for id in all { #expect(kill(id, 0) == -1 || isZombie(id)) }
            for line in process.printed().split(separator: "\n") {
                #expect(throws: Never.self, "\(line)") { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
            }

            let again = try await start(work)
            defer { again.kill() }
            #expect(try command(work, "shop", "list", "--json").output.contains("a.myshopify.com"))
            #expect(try await again.stop(within: patience) == 0)
        }
    }

    @Test(.timeLimit(.minutes(5))) func everythingKilledAtOnceStartsAgainAtOnce() async throws {
        try await with { work, data in
            let process = try await start(work)
            let ids = try [
                process.pid, pid(data + "/postgres/data/postmaster.pid"), pid(data + "/redis/redis.pid"),
            ]
            for id in ids { kill(id, SIGKILL) }
            let again = try await start(work)
            defer { again.kill() }
            #expect(try await again.stop(within: patience) == 0)
        }
    }

    private func command(_ work: URL, _ words: String...) throws -> (status: Int32, output: String) {
        try FootfallProcess.run(words, environment: [:], in: work)
    }

    private func pid(_ file: String) throws -> Int32 {
        let text = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").first
        return try #require(text.flatMap { Int32($0) })
    }

    private func isZombie(_ id: Int32) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ") Z"  // gone is as good
        return text.contains(") Z")
    }
}

// Bench: takes the figures of the speed table, each against a ceiling measured in the same run on the same machine.
//
// Everything measured is the real thing: the release binary in processes of its own (one a role, so that each one's CPU
// can be told), private stores with production's durability, requests over HTTP from wrk. CPU is what the kernel counts
// for those processes. Ratios of CPU or of rates taken minutes apart stand other programs' load far better than
// absolute rates do; what load there was is written beside every figure all the same.

/// A figure by its name in results.json and after `--only`.
package enum FigureID: String, CaseIterable, Sendable {
    case acceptSingle64 = "accept_single_64"
    case acceptSingle512 = "accept_single_512"
    case wholeWay = "whole_way_20"
    case drain
    case projection
    case rebuild
    case bytesPerEvent = "bytes_per_event"
    case freshnessP50 = "freshness_p50"
    case freshnessP99 = "freshness_p99"
    case querySeries = "query_series_p99"
    case queryBreakdown = "query_breakdown_p99"
    case memoryIdle = "memory_idle"
    case memoryTop = "memory_top"
    case memoryConnections = "memory_10k_connections"
    case growthLog = "growth_log"
    case growthShops = "growth_shops"
    case growthErasure = "growth_erasure"
    case sealingCheckout = "sealing_checkout"
    case importRate = "import_rate"
    case importDrain = "import_drain"
    case importMemory = "import_memory"
}

/// What to measure, and how long.
package struct BenchOptions: Sendable {
    /// The binary under test.
    package var binary: String
    /// The folder with `Benchmarks/`, `schema/` and `pipelines/`.
    package var projectFolder: String
    /// Fewer events and shorter runs: for a look, not for the record.
    package var isQuick = false
    /// Also measures growth and erasures at 10 million events, which takes minutes more.
    package var includesLargeLog = false
    /// The figures wanted.
    package var only = Set(FigureID.allCases)
    /// Samples of each figure.
    package var samples = 3

    /// All figures at full length.
    package init(binary: String, projectFolder: String) {
        self.binary = binary
        self.projectFolder = projectFolder
    }

    /// Seconds of one run under load.
    var runSeconds: Int { isQuick ? 2 : 5 }

    func wants(_ ids: FigureID...) -> Bool { !only.isDisjoint(with: ids) }
}

/// Why a figure could not be taken.
package struct BenchError: Error, CustomStringConvertible, Sendable {
    /// For a person.
    package let description: String
    init(_ description: String) { self.description = description }
}

/// What a scan found: tallies for each cell, a cell being a group in a time bucket.
struct GroupedTallies {
    /// For each visit or event dimension and group, the value; nil is unknown.
    var values: [[String?]]
    /// Number of groups.
    var groupCount: Int
    /// The time buckets' labels; one empty label where there is no time dimension.
    var labels: [String]
    /// Cell `group * labels.count + bucket` of each tally.
    var tallies: [Tally: [Int64]]
    /// Each tally over all cells, recomputed where it does not add up.
    var totals: [Tally: Int64]
    /// Each tally over some cells, recomputed where it does not add up.
    var recount: ([Bool]) -> [Tally: Int64]
    /// Things a reader has to know about the numbers.
    var warnings: [String] = []

    /// Number of cells.
    var cellCount: Int { groupCount * labels.count }
}

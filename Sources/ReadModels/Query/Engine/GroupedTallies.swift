/// The values of one dimension: a small code for each group, and the text of each code.
struct GroupDimension {
    /// The code of each group.
    let codes: [UInt32]
    /// The text of each code; nil is unknown.
    let texts: [String?]
    /// The place of each code among the sorted texts; unknown is last.
    let ranks: [UInt32]

    /// Takes any codes, of which a group has one each, and numbers those in use anew.
    init(_ given: [UInt32], text: (Int) -> String?) {
        var numbers = [UInt32](repeating: .max, count: Int(given.max().map { $0 + 1 } ?? 0))
        var texts: [String?] = []
        for code in given where numbers[Int(code)] == .max {
            numbers[Int(code)] = UInt32(texts.count)
            texts.append(text(Int(code)))
        }
        self.codes = given.map { numbers[Int($0)] }
        self.texts = texts
        var ranks = [UInt32](repeating: 0, count: texts.count)
        let sorted = texts.indices.sorted { left, right in
            guard let one = texts[left], let two = texts[right] else { return texts[left] != nil }
            return one < two
        }
        for (rank, code) in sorted.enumerated() { ranks[code] = UInt32(rank) }
        self.ranks = ranks
    }

    /// The text of a group's value.
    func text(_ group: Int) -> String? { texts[Int(codes[group])] }
}

/// What a scan found: tallies for each cell, a cell being a group in a time bucket.
struct GroupedTallies {
    /// The values of each visit or event dimension.
    var dimensions: [GroupDimension]
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
    /// Currencies of the amounts, one more than a message lists where there are more; each row's are in one.
    var currencies: Set<String> = []

    /// Number of cells.
    var cellCount: Int { groupCount * labels.count }
}

/// Splits amounts in minor units.
enum Apportionment {
    /// `total` in parts that are proportional to `weights` and sum to it exactly: each part rounded down, what is left
    /// goes to the largest remainders, earlier ones first. A negative total is split like its opposite. Negative weights
    /// count as zero; where all are zero the first part takes everything.
    static func split(_ total: Int64, by weights: [Int64]) -> [Int64] {
        let weights = weights.map { max(0, $0) }
        let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard sum > 0 else { return weights.indices.map { $0 == 0 ? total : 0 } }
        let amount = Int128(total.magnitude)
        var parts = weights.map { amount * Int128($0) / sum }
        let remainders = weights.map { amount * Int128($0) % sum }
        let left = Int(amount - parts.reduce(0, +))
        let order = weights.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
        for index in order.prefix(left) { parts[index] += 1 }
        return parts.map { Int64(cutting: total < 0 ? -$0 : $0) }
    }

    /// `amount * part / whole`, halves away from zero; 0 where the whole is. Never the least number there is.
    static func share(_ amount: Int64, _ part: Int64, of whole: Int64) -> Int64 {
        guard whole != 0 else { return 0 }
        // Twice the product of two numbers of 63 bits fits, that of the least one with itself does not.
        let product = Int128(max(amount, -.max)) * Int128(max(part, -.max)) * (whole < 0 ? -2 : 2)
        let divisor = Int128(whole.magnitude)
        return Int64(cutting: (product + (product < 0 ? -divisor : divisor)) / (divisor * 2))
    }
}

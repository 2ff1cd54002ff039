/// Random numbers that depend on nothing but the seed: xoshiro256**, its state filled by SplitMix64.
///
/// Every draw is integer arithmetic of our own, so the numbers stay the same across releases of the standard library.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Streams of one seed are independent: the n-th shopper's choices do not depend on how many others there are.
    package init(seed: UInt64, stream: UInt64 = 0) {
        var mix = SplitMix(state: seed ^ (stream &* 0x9E37_79B9_7F4A_7C15 &+ 0x632B_E59B_D9B4_E019))
        _ = mix.next()
        self.state = (mix.next(), mix.next(), mix.next(), mix.next())
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        let result = rotated(self.state.1 &* 5, by: 7) &* 9
        let shifted = self.state.1 << 17
        self.state.2 ^= self.state.0
        self.state.3 ^= self.state.1
        self.state.1 ^= self.state.2
        self.state.0 ^= self.state.3
        self.state.2 ^= shifted
        self.state.3 = rotated(self.state.3, by: 45)
        return result
    }

    /// A number from 0 up to, not including, `bound`, which is at least 1.
    mutating func below(_ bound: Int) -> Int {
        Int(self.next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number of the closed range, all equally likely.
    mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(self.below(Int(range.upperBound - range.lowerBound) + 1))
    }

    /// A number of the closed range, small ones far more likely (the third power of an even draw).
    mutating func skewed(_ range: ClosedRange<Int64>) -> Int64 {
        let draw = self.fraction()
        return range.lowerBound + Int64(Double(range.upperBound - range.lowerBound) * draw * draw * draw)
    }

    /// An even draw from 0 up to, not including, 1.
    mutating func fraction() -> Double { Double(self.next() >> 11) * 0x1p-53 }

    /// True in this share of the draws.
    mutating func chance(_ share: Double) -> Bool { self.fraction() < share }

    /// One of the elements; the list is not empty.
    mutating func pick<Element>(_ list: [Element]) -> Element { list[self.below(list.count)] }

    /// The index of one of the weights, which are whole numbers and not all zero.
    mutating func weighted(_ weights: [Int]) -> Int {
        var left = self.below(weights.reduce(0, +))
        for (index, weight) in weights.enumerated() {
            if left < weight { return index }
            left -= weight
        }
        return weights.count - 1
    }
}

private func rotated(_ value: UInt64, by bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

/// SplitMix64, used to spread a seed and to derive ids.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

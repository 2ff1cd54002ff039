infix operator +| : AdditionPrecedence
infix operator -| : AdditionPrecedence
infix operator *| : MultiplicationPrecedence

// A stored event is folded again after every start, so none may end the process, nor fail a statement. `OrderBounds`
// refuses payloads whose amounts could; what many payloads add up to is cut here to what 64 bits hold. The least number
// there is never comes out: its opposite does not fit.
extension Int64 {
    static func +| (left: Int64, right: Int64) -> Int64 { Int64(cutting: Int128(left) + Int128(right)) }
    static func -| (left: Int64, right: Int64) -> Int64 { Int64(cutting: Int128(left) - Int128(right)) }
    static func *| (left: Int64, right: Int64) -> Int64 { Int64(cutting: Int128(left) * Int128(right)) }

    /// The nearest number within `limit` of zero.
    init(cutting value: Int128, to limit: Int64 = .max) {
        self = Int64(Swift.min(Swift.max(value, -Int128(limit)), Int128(limit)))
    }
}

extension Sequence<Int64> {
    /// The same in any order: only the sum of all is cut.
    func saturatedSum(to limit: Int64 = .max) -> Int64 {
        Int64(cutting: reduce(Int128(0)) { $0 + Int128($1) }, to: limit)
    }
}

/// The same in statements: the database adds 64-bit columns up exactly, in more bits, and fails where the sum is put back
/// into 64.
enum SaturatedSQL {
    /// `sum`, which is numeric and holds an aggregate or columns only, as `int8`; null where it is.
    static func int8(_ sum: String) -> String {
        "CASE WHEN (\(sum)) IS NOT NULL THEN least(greatest(\(sum), -\(Int64.max)), \(Int64.max))::int8 END"
    }
}

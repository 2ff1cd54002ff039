/// Money as integers in a currency's minor unit, read from decimal text without a binary float in between.
package enum MinorUnits {
    /// Decimals of a currency (ISO 4217); two where it is not known.
    package static func exponent(of currency: String) -> Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
            "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    /// `404.95` with exponent 2 is 40,495. Digits beyond the exponent are rounded, halves away from zero; an exponent of
    /// the text (`1.5e3`) counts. Nil where the text is no decimal number or the amount does not fit.
    package static func parse(_ text: some Sequence<UInt8>, exponent: Int) -> Int64? {
        guard let decimal = Decimal(text) else { return nil }
        var digits = decimal.digits[...]
        // The number of digits that stand before the minor unit's point.
        let whole = digits.count + decimal.exponent + exponent
        guard whole <= 19 else { return digits.allSatisfy { $0 == 0 } ? 0 : nil }
        guard whole >= 0 else { return 0 }
        let roundsUp = whole < digits.count && digits[digits.startIndex + whole] >= 5
        let padding = max(0, whole - digits.count)
        digits = digits.prefix(whole)
        var value: Int64 = 0
        for digit in digits + Array(repeating: 0, count: padding) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit))
            if overflow || carry { return nil }
            value = sum
        }
        let (rounded, overflow) = value.addingReportingOverflow(roundsUp ? 1 : 0)
        if overflow { return nil }
        return decimal.isNegative ? -rounded : rounded
    }

    /// Digits without leading zeros, times ten to the exponent.
    private struct Decimal {
        var isNegative = false
        var digits: [UInt8] = []
        var exponent = 0

        /// More is no price, and would only cost time.
        private static let bytesMax = 64
        /// Of a text's own exponent; beyond it every amount is zero or fits no integer, and sums of exponents stay small.
        private static let powers = -1000...1000

        init?(_ text: some Sequence<UInt8>) {
            let bytes = Array(text.prefix(Self.bytesMax + 1))
            guard !bytes.isEmpty, bytes.count <= Self.bytesMax else { return nil }
            var index = 0
            if bytes[0] == UInt8(ascii: "-") {
                isNegative = true
                index = 1
            }
            var sawDigit = false
            var sawPoint = false
            while index < bytes.count {
                let digit = bytes[index] &- 0x30
                if digit <= 9 {
                    sawDigit = true
                    if digit != 0 || !digits.isEmpty { digits.append(digit) }
                    if sawPoint { exponent -= 1 }
                } else if bytes[index] == UInt8(ascii: "."), !sawPoint {
                    sawPoint = true
                } else {
                    break
                }
                index += 1
            }
            guard sawDigit else { return nil }
            if index == bytes.count { return }
            guard bytes[index] | 0x20 == UInt8(ascii: "e"),
                let power = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self)), Self.powers.contains(power)
            else { return nil }
            exponent += power
        }
    }
}

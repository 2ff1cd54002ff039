internal import HTTPTypes
internal import Hummingbird

extension Request {
    /// True where `Accept` would rather have this media type than JSON, which is the answer otherwise (RFC 9110, section
    /// 12.5.1). Of equals the one that is named itself counts.
    func prefers(_ type: String) -> Bool {
        guard let header = headers[.accept], header.utf8.count <= RequestLimits.searchBytesMax else { return false }
        let ranges = header.split(separator: ",").map(MediaRange.init)
        let (wanted, json) = (MediaRange.quality(of: type, ranges), MediaRange.quality(of: "application/json", ranges))
        return wanted > json || (wanted == json && wanted > 0 && ranges.contains { $0.name == type })
    }
}

/// One entry of `Accept`: a media type, a family of them as `text/*`, or `*/*`, with how welcome it is.
private struct MediaRange {
    let name: String
    let quality: Double

    init(_ text: Substring) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        name = parts.first ?? ""
        // A weight that is no number counts as none given.
        quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
    }

    /// By the closest of the ranges that a type is in; 0 where it is in none.
    static func quality(of type: String, _ ranges: [MediaRange]) -> Double {
        let family = type.prefix { $0 != "/" } + "/*"
        for name in [type, String(family), "*/*"] {
            if let range = ranges.first(where: { $0.name == name }) { return range.quality }
        }
        return 0
    }
}

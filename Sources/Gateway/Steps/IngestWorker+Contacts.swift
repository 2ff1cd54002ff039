internal import EventModel
internal import Pipelines
internal import Privacy

extension IngestWorker {
    /// Digits of the shortest numbers that are called from abroad.
    private static let phoneDigitsMin = 5

    /// An e-mail address or a telephone number as it was sent, and its text as it is kept: trimmed, and nil for what
    /// reaches nobody. Two people who write "none" for an address are not the same person.
    struct Contact {
        let match: JSONMatch
        let text: String?
    }

    /// Those of a lead. An address has something on both sides of its `@`, a number some digits: what is a real one only
    /// a message can tell.
    func contacts(_ body: Span<UInt8>) -> [Contact] {
        [EventField.email, .phone].compactMap { field in
            guard let match = scratch.fields[field], match.type == .string, let text = JSONText.string(body, match)
            else { return nil }
            let trimmed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            let isGood =
                field == .email
                ? Self.isAddress(trimmed)
                : HandleText.normalised(Array(text.utf8), as: .phone).count >= Self.phoneDigitsMin
            return Contact(match: match, text: isGood ? trimmed : nil)
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        guard let sign = text.firstIndex(of: "@"), sign != text.startIndex else { return false }
        return text[text.index(after: sign)...].contains { $0.isLetter || $0.isNumber }
    }
}

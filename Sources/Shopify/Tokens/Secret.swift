/// A text that must never be shown: tokens and client secrets. Printing, interpolating, dumping or logging it says
/// only that there is one.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is hidden. To be named only where it is sent or sealed.
    package let revealed: String

    /// Hides `text`.
    package init(_ text: String) { self.revealed = text }

    /// `[secret]`.
    package var description: String { "[secret]" }
    /// `[secret]`.
    package var debugDescription: String { "[secret]" }
    /// No children.
    package var customMirror: Mirror { Mirror(self, children: []) }
    /// Its bytes, for keys.
    package var bytes: [UInt8] { Array(revealed.utf8) }
}

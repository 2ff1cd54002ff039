/// A set of access scopes.
package struct Scopes: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// As they were named, sorted.
    package let names: [String]

    /// These scopes.
    package init(_ names: some Sequence<String>) {
        self.names = Set(names.map(Self.trimmed).filter { !$0.isEmpty }).sorted()
    }

    /// A comma list, with or without spaces.
    package init(_ list: String) { self.init(list.split(separator: ",").map(String.init)) }

    /// These scopes.
    package init(arrayLiteral elements: String...) { self.init(elements) }

    /// The scopes of `wanted` that these do not give. Writing includes reading (shopify.dev, "Access scopes").
    package func missing(of wanted: Scopes) -> [String] {
        let given = Set(names + names.compactMap(Self.implied))
        return wanted.names.filter { !given.contains($0) }
    }

    /// True when these give all of `wanted`.
    package func cover(_ wanted: Scopes) -> Bool { missing(of: wanted).isEmpty }

    /// True when both give the same, however it is named.
    package func isEquivalent(to other: Scopes) -> Bool { cover(other) && other.cover(self) }

    /// A comma list, as the authorization address wants it.
    package var list: String { names.joined(separator: ",") }

    private static func implied(by scope: String) -> String? {
        for (write, read) in [("write_", "read_"), ("unauthenticated_write_", "unauthenticated_read_")]
        where scope.hasPrefix(write) {
            return read + scope.dropFirst(write.count)
        }
        return nil
    }

    private static func trimmed(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}

package import Reactors

/// Why a request does not go on. Its words are stored and shown; nothing in them is personal.
package struct SubjectFailure: TaskError, CustomStringConvertible {
    /// In words.
    package let description: String
    private let isPermanent: Bool

    /// A failure; trying again may help unless it is permanent.
    init(_ description: String, isPermanent: Bool = false) {
        self.description = description
        self.isPermanent = isPermanent
    }

    /// As the runner of tasks wants it.
    package var taskFailure: TaskFailure { isPermanent ? .permanent(description) : .passing(description) }
}

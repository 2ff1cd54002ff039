// Backups: a database comes out as a folder of files, and goes in again with everything forgotten that was forgotten
// since. The data are a dump by Postgres's own pg_dump; whatever opens or signs something is in a file of its own,
// sealed under a key derived from APP_SECRET_KEY, which is destroyed long before the data.
//
// A dump and not a copy of the files: a copy would hold the keys, also those that were destroyed a moment ago, in the
// middle of everything else (in dead rows and in the write-ahead log), and could not leave them out.

/// Why a backup was not made or not restored.
package struct BackupError: Error, Sendable, CustomStringConvertible {
    /// The kind of fault.
    package enum Code: Sendable {
        /// A file or folder cannot be written or read.
        case storage
        /// Postgres's programs said no.
        case program
        /// Another backup is being made into the same folder.
        case busy
        /// The backup's files are not what they were.
        case damaged
        /// Nothing says that the backup is this installation's and as it was.
        case unauthentic
        /// A newer version of the program made the backup.
        case newer
        /// The target of a restore holds something already.
        case notEmpty
        /// The journal of erasures is missing, shorter than it was, or changed.
        case journal
        /// What was restored is not what it should be; it must not be served.
        case unverified
    }

    /// The kind of fault.
    package let code: Code
    /// In words for people; never holds data.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}

internal import CLibPQ
internal import Glibc

/// One session with a database, over libpq. It blocks; one thread at a time may use it.
///
/// It connects at its first use, drops the session at any connection error and connects again at the next use. Inside
/// `transaction` it does not, so no statement can slip out of a transaction whose session was lost.
@safe package final class PostgresConnection {
    /// How this connection was made.
    package let configuration: PostgresConfiguration
    /// Counts sessions made so far. A caller that holds session state (advisory locks) compares it.
    package private(set) var generation = 0
    /// When false, only `connect()` makes a new session: for holders of session locks, who must notice a loss.
    package var connectsOnUse = true

    var arena = ParameterArena()
    var statements = StatementCache()
    var channels: [String] = []
    private var handle: OpaquePointer?
    private var inTransaction = false

    /// Contacts nobody yet.
    package init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
    }

    deinit {
        if let handle = unsafe handle { unsafe PQfinish(handle) }
    }

    /// True while there is a session that has not failed.
    package var isConnected: Bool { unsafe handle != nil }

    /// True when the session stands between transactions.
    package var isIdle: Bool {
        guard let handle = unsafe handle else { return true }
        return unsafe PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    /// Makes a session unless there is one.
    package func connect() throws(PostgresError) {
        if unsafe handle != nil { return }
        if inTransaction { throw PostgresError(.connection, "the session was lost inside a transaction") }
        let made = unsafe try open()
        unsafe handle = made
        generation += 1
        do {
            try takeRole()
            try listenAgain()
        } catch {
            close()
            throw error
        }
    }

    /// Ends the session; the next use makes a new one.
    package func close() {
        guard let handle = unsafe handle else { return }
        unsafe PQfinish(handle)
        unsafe self.handle = nil
        statements = StatementCache()
    }

    /// The live session, made if need be.
    func session() throws(PostgresError) -> OpaquePointer {
        if unsafe handle == nil {
            guard connectsOnUse else { throw PostgresError(.connection, "the session was lost") }
            try connect()
        }
        guard let handle = unsafe handle else { throw PostgresError(.connection, "no session") }
        return unsafe handle
    }

    /// Not by a start-up option, which a URL with options of its own would replace without a word.
    private func takeRole() throws(PostgresError) {
        guard let role = configuration.role else { return }
        try execute("SET ROLE \"\(role.replacing("\"", with: "\"\""))\"")
    }

    private func open() throws(PostgresError) -> OpaquePointer {
        let keywords = configuration.keywords
        var copies = unsafe keywords.flatMap { unsafe [strdup($0.name), strdup($0.value)] }
        defer { unsafe copies.forEach { unsafe free($0) } }
        unsafe copies.append(nil)
        unsafe copies.append(nil)
        let names = unsafe stride(from: 0, to: copies.count, by: 2).map { unsafe UnsafePointer(copies[$0]) }
        let values = unsafe stride(from: 1, to: copies.count, by: 2).map { unsafe UnsafePointer(copies[$0]) }
        guard let made = unsafe PQconnectdbParams(names, values, 1) else {
            throw PostgresError(.connection, "libpq is out of memory")
        }
        guard unsafe PQstatus(made) == CONNECTION_OK else {
            let message = unsafe Self.text(PQerrorMessage(made))
            unsafe PQfinish(made)
            throw PostgresError(.connection, message)
        }
        // Notices would go to stderr; what matters comes as an error or a row.
        _ = unsafe PQsetNoticeProcessor(made, { _, _ in }, nil)
        return unsafe made
    }

    /// C text without the newline libpq ends it with.
    static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        var text = unsafe String(cString: pointer)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}

extension PostgresConnection {
    /// Runs several statements by the simple protocol, without parameters; the last result is thrown away.
    package func execute(_ script: String) throws(PostgresError) {
        let session = unsafe try session()
        _ = unsafe try take(answer(session, PQsendQuery(session, script)))
    }

    /// Runs `body` between BEGIN and COMMIT; any error rolls back and is thrown on. Statements without parameters that
    /// come `first` go with BEGIN, without a round trip of their own.
    ///
    /// A lost COMMIT throws a connection error and leaves the outcome unknown. Not to be nested.
    package func transaction<R>(
        isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false, first: String = "",
        _ body: () throws -> R
    ) throws -> R {
        guard !inTransaction else { throw PostgresError(.usage, "transactions do not nest") }
        _ = unsafe try session()
        inTransaction = true
        defer { inTransaction = false }
        do {
            try execute("BEGIN ISOLATION LEVEL \(isolation.rawValue)\(readOnly ? " READ ONLY" : ""); \(first)")
            let result = try body()
            try commit()
            return result
        } catch {
            rollback()
            throw error
        }
    }

    private func commit() throws(PostgresError) {
        guard isConnected else { throw PostgresError(.connection, "the session was lost inside a transaction") }
        let session = unsafe try session()
        let tag = unsafe try take(answer(session, PQsendQuery(session, "COMMIT"))) { unsafe Self.text(PQcmdStatus($0)) }
        // The server answers ROLLBACK, without an error, when a statement before had failed.
        guard tag == "COMMIT" else {
            throw PostgresError(.query, "a statement of this transaction failed", sqlState: "25P02")
        }
    }

    /// A session that cannot even roll back is dropped, which has the same effect.
    private func rollback() {
        guard isConnected, !isIdle else { return }
        do { try execute("ROLLBACK") } catch { close() }
    }

    /// Frees a result after `read`; throws what the server or libpq says.
    func take<R>(
        _ result: OpaquePointer?, _ read: (OpaquePointer) -> R = { unsafe $0 }
    ) throws(PostgresError) -> R {
        guard let result = unsafe result else { throw unsafe lost(handle) }
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN, PGRES_COPY_OUT:
            return unsafe read(result)
        default:
            throw unsafe failure(result)
        }
    }

    /// Describes a failed result and drops the session when it cannot be used any more.
    private func failure(_ result: OpaquePointer) -> PostgresError {
        func field(_ code: Character) -> String? {
            let code = Int32(code.asciiValue ?? 0)
            return unsafe PQresultErrorField(result, code).map { unsafe Self.text($0) }
        }
        let message = unsafe field("M") ?? Self.text(PQresultErrorMessage(result))
        let state = field("C") ?? ""
        let isFatal = ["FATAL", "PANIC"].contains(field("V"))
        let isBad = unsafe handle.map { unsafe PQstatus($0) == CONNECTION_BAD } ?? true
        if isFatal || isBad {
            close()
            return PostgresError(.connection, message, sqlState: state)
        }
        return PostgresError(.query, message, sqlState: state, constraint: field("n"))
    }

    /// Drops the session and says what libpq last complained about.
    func lost(_ session: OpaquePointer?) -> PostgresError {
        let message = unsafe session.map { unsafe Self.text(PQerrorMessage($0)) } ?? "the session was lost"
        close()
        return PostgresError(.connection, message)
    }
}

/// How much of other transactions a transaction sees.
package enum PostgresIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

internal import Hummingbird
internal import NIOCore
internal import Postgres
internal import ReadModels

extension Problem {
    /// What a client is told about an error; nothing of the error's own words where they may hold data.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let refusal as AppRefusal: self.init(refusal)
        case let problem as QueryProblem: self.init(problem)
        case let error as PostgresError: self.init(error)
        case let error as OpeningNotNoted:
            self.init(
                .serviceUnavailable, "Personal data is not opened while the audit log cannot be written; try again.",
                headers: [.retryAfter: String(max(1, error.retryAfterSeconds))])
        case let refusal as PrivacyRefusal: self.init(refusal)
        case is NIOTooManyBytesError:
            self.init(.contentTooLarge, "A body has at most \(RequestLimits.bodyBytesMax) bytes.")
        case let error as any HTTPResponseError: self.init(error.status, Self.words(error.status))
        default: self.init(.internalServerError, "Something went wrong here; the log has the request's id.")
        }
    }

    private init(_ problem: QueryProblem) {
        switch problem.kind {
        case .malformed: self.init(.badRequest, problem.detail)
        case .unprocessable:
            self.init(.unprocessableContent, problem.detail, pointer: problem.pointer, allowed: problem.allowed)
        case .tooMany: self.init(.tooManyRequests, problem.detail, headers: [.retryAfter: "1"])
        case .unavailable: self = .unavailable
        }
    }

    /// A lost session, a full pool, a timeout, tables that are not there yet: all may be different in a moment.
    private init(_ error: PostgresError) {
        let isMissingTable = ["42P01", "3F000"].contains(error.sqlState)
        if error.isRetryable || isMissingTable {
            self = .unavailable
        } else {
            self.init(.internalServerError, "Something went wrong here; the log has the request's id.")
        }
    }

    private static func words(_ status: HTTPResponse.Status) -> String {
        switch status {
        case .notFound: "There is nothing at this address."
        case .contentTooLarge: "A body has at most \(RequestLimits.bodyBytesMax) bytes."
        default: "The request cannot be answered."
        }
    }
}

package import EventModel

/// Calls the Admin GraphQL API of shops. A value over shared state: make one a process.
///
/// A call waits for the shop's cost bucket, is sent again after THROTTLED, and, unless it is a mutation, after a
/// failure that may pass; a refused token is replaced once. What is thrown then is for the caller's own retries.
package struct AdminClient: Sendable {
    /// A call waits this long for query points altogether; a reactor's own retry waits better than a task that sits.
    package static let throttleWaitMillisMax: Int64 = 30_000
    /// Tries after a failure that may pass.
    package static let repeatsMax = 3
    /// The wait before the first of them; doubled each time, with jitter.
    package static let repeatWaitMillis: Int64 = 500
    /// Where Shopify says THROTTLED and not how long.
    package static let throttleWaitMillis: Int64 = 1000

    private let transport: AdminTransport
    private let configuration: AdminConfiguration
    private let tokens: any AccessTokens
    private let timing: AdminTiming
    private let buckets = CostBuckets()

    /// Contacts nobody yet.
    package init(
        transport: AdminTransport, configuration: AdminConfiguration, tokens: any AccessTokens,
        timing: AdminTiming = AdminTiming()
    ) {
        self.transport = transport
        self.configuration = configuration
        self.tokens = tokens
        self.timing = timing
    }

    /// Runs a document. `variables` is a JSON object.
    package func run(
        _ document: AdminDocument, variables: [UInt8] = Array("{}".utf8), shop: ShopID
    ) async throws(AdminError) -> AdminAnswer {
        let access = try await tokens.access(to: shop)
        do throws(AdminError) {
            return try await run(document, variables: variables, access: access)
        } catch {
            guard error.code == .unauthorized else { throw error }
            let next = try await tokens.access(to: shop, after: access)
            return try await run(document, variables: variables, access: next)
        }
    }

    /// Runs a document with encodable variables.
    package func run(
        _ document: AdminDocument, _ variables: some Encodable, shop: ShopID
    ) async throws(AdminError) -> AdminAnswer {
        try await run(document, variables: try AdminRequest.encoded(variables), shop: shop)
    }

    /// Runs a document with a token that is not in the vault yet: during an installation.
    package func run(
        _ document: AdminDocument, variables: [UInt8] = Array("{}".utf8), access: ShopAccess
    ) async throws(AdminError) -> AdminAnswer {
        precondition(!document.isBulkQuery, "a bulk query is an argument of bulkOperationRunQuery")
        var patience = Patience(isMutation: document.isMutation)
        while true {
            try await waitForPoints(document, access.domain, &patience)
            do throws(AdminError) {
                return try await exchange(document, variables, access)
            } catch {
                guard let wait = patience.wait(after: error, jitter: timing.jitter()) else { throw error }
                try await timing.wait(wait)
            }
        }
    }

    /// Fetches a file that Shopify made, from `position` on; throws `gone` when its address has expired. No token is
    /// sent. Https only, or a loopback address while the test override is on.
    package func download(_ url: String, from position: Int64 = 0) async throws(AdminError) -> AdminDownload {
        guard configuration.address.allowsDownload(url) else {
            throw AdminError(.malformed, "a bulk file's address is not https")
        }
        let file = try await transport.get(url, from: position)
        switch file.status {
        case 200, 206: return file
        case 400, 403, 404, 410: throw AdminError(.gone, "a bulk file has expired", status: file.status)
        case 416: throw AdminError(.malformed, "a bulk file ends before the place asked for", status: file.status)
        default: throw AdminError(.unavailable, "a bulk file cannot be read now", status: file.status)
        }
    }

    private func waitForPoints(
        _ document: AdminDocument, _ shop: ShopDomain, _ patience: inout Patience
    ) async throws(AdminError) {
        while let wait = buckets.take(document, at: shop, now: timing.nowMillis()) {
            try patience.spend(wait)
            try await timing.wait(wait)
        }
    }

    private func exchange(
        _ document: AdminDocument, _ variables: [UInt8], _ access: ShopAccess
    ) async throws(AdminError) -> AdminAnswer {
        let answer = try await transport.post(
            configuration.address.graphQL(of: access.domain, version: configuration.version),
            headers: [("X-Shopify-Access-Token", access.token.revealed)],
            json: AdminRequest.body(document, variables: variables))
        let reading = AnswerReader.read(answer)
        var isThrottled = false
        if case .failure(let error) = reading.outcome { isThrottled = error.code == .throttled }
        buckets.settle(
            document, reading.cost, at: access.domain, now: timing.nowMillis(), isThrottled: isThrottled)
        return try reading.outcome.get()
    }
}

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// Asks a deployment's endpoints.
struct Asker {
    struct Answer {
        let rows: [[Any]]
        let totals: [Any]
        let compareRows: [[Any]?]
        let compareTotals: [Any]
        let changeTotals: [[String: Any]?]
        let completeUntil: String
    }

    private let deployment: Deployment
    private let key: String

    init(_ deployment: Deployment, key: String) {
        self.deployment = deployment
        self.key = key
    }

    /// The answer to a query over all that the tests send; `more` joins its members or takes their place.
    func query(
        _ metrics: [String], by dimensions: [String], _ more: [String: Any] = [:]
    ) async throws -> Answer {
        let body: [String: Any] = [
            "metrics": metrics, "dimensions": dimensions, "date_range": ["2026-10-01", "2026-11-30"], "limit": 10_000,
        ]
        let answer = try await send(.POST, "/api/analytics/query", body.merging(more) { $1 })
        let meta = answer["meta"] as? [String: Any]
        return Answer(
            rows: answer["rows"] as? [[Any]] ?? [], totals: answer["totals"] as? [Any] ?? [],
            compareRows: (answer["compare_rows"] as? [Any] ?? []).map { $0 as? [Any] },
            compareTotals: answer["compare_totals"] as? [Any] ?? [],
            changeTotals: (answer["change_totals"] as? [Any] ?? []).map { $0 as? [String: Any] },
            completeUntil: meta?["complete_until"] as? String ?? "")
    }

    /// The members of an answer to a GET under `/api/analytics/`.
    func get(_ path: String) async throws -> [String: Any] { try await send(.GET, "/api/analytics/\(path)", nil) }

    /// All entries of a list, page by page.
    func list(_ name: String, pagesOf first: Int) async throws -> [[String: Any]] {
        var items: [[String: Any]] = []
        var cursor = ""
        while true {
            let page = try await get("\(name)?first=\(first)\(cursor)")
            items += page["items"] as? [[String: Any]] ?? []
            let info = try #require(page["page_info"] as? [String: Any])
            guard info["has_next_page"] as? Bool == true else { return items }
            cursor = "&cursor=\(try #require(info["end_cursor"] as? String))"
        }
    }

    func waitUntilReady() async throws {
        let url = deployment.url(.all, "/health/ready")
        let ready = await eventually(within: patience) {
            (try? await HTTPClient.shared.get(url: url).get().status) == .ok  // refused until it listens
        }
        try #require(ready, "never ready: \(deployment.process(.all)?.printed() ?? "")")
    }

    /// Until everything answered before now is in the read models.
    func waitUntilComplete() async throws {
        let now = Date().addingTimeInterval(0.001).ISO8601Format(.init(includingFractionalSeconds: true))
        let complete = try await eventually(within: patience) {
            try await query(["events"], by: []).completeUntil >= now
        }
        try #require(complete, "read models never caught up")
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: [String: Any]?) async throws -> [String: Any] {
        var request = HTTPClientRequest(url: deployment.url(.all, path))
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let text = String(buffer: bytes)
        try #require(response.status == .ok, "\(path): \(response.status.code) \(text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
}

extension StandInState {
    /// Answers one request and writes it down.
    mutating func answer(_ request: LoggedRequest, now: Int64) -> StandInReply {
        var request = request
        let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/").map(String.init)
        let query = QueryText.decode(parts.count > 1 ? String(parts[1]) : "")
        request.shop = path.first ?? ""
        let reply = route(&request, Array(path.dropFirst()), query, now)
        request.status = reply.status
        note(request)
        return reply
    }

    private mutating func route(
        _ request: inout LoggedRequest, _ path: [String], _ query: [(String, String)], _ now: Int64
    ) -> StandInReply {
        guard Self.isShop(request.shop) else {
            request.problems.append("\(request.shop) is no shop")
            return .text("Not found", status: 404)
        }
        switch (request.method, path) {
        case ("GET", ["admin", "oauth", "authorize"]): return authorize(&request, query, now)
        case ("POST", ["admin", "oauth", "access_token"]): return accessToken(&request, now)
        case ("POST", _) where path.count == 4 && path.starts(with: ["admin", "api"]) && path[3] == "graphql.json":
            return admin(&request, version: path[2], now)
        case ("GET", _) where path.count == 2 && path[0] == "files": return file(&request, path[1])
        default:
            request.problems.append("\(request.method) \(request.target) is no route of Shopify's")
            return .text("Not found", status: 404)
        }
    }

    private mutating func file(_ request: inout LoggedRequest, _ name: String) -> StandInReply {
        // Files lie with another host: a token has no business there.
        if request.header("x-shopify-access-token") != nil { request.problems.append("a token was sent to storage") }
        let target = request.target
        let range = request.header("range")
        return withShop(request.shop) { shop in
            guard let index = shop.bulkRuns.firstIndex(where: { $0.url.hasSuffix(target) && $0.isOver }) else {
                return .text("<Error><Code>NoSuchKey</Code></Error>", status: 404)
            }
            if shop.bulkRuns[index].plan.refusedDownloads > 0 {
                shop.bulkRuns[index].plan.refusedDownloads -= 1
                return .text("<Error><Code>ExpiredToken</Code></Error>", status: 403)
            }
            let breaksAfter = shop.bulkRuns[index].plan.breaksAfter
            shop.bulkRuns[index].plan.breaksAfter = nil
            let run = shop.bulkRuns[index]
            let from = range.flatMap { Int($0.dropFirst("bytes=".count).prefix { $0 != "-" }) } ?? 0
            var headers = [("Content-Type", "application/jsonl"), ("Accept-Ranges", "bytes")]
            if let size = run.fileSize, breaksAfter == nil {
                headers.append(("Content-Length", String(max(0, size - from))))
            }
            return StandInReply(
                status: from > 0 ? 206 : 200, headers: headers,
                body: .file(run.file, from: from, breaksAfter: breaksAfter))
        }
    }
}

internal import NIOCore
internal import NIOHTTP1

extension IngestHTTPHandler {
    /// A head that says "close", and nothing else, where nothing can follow: also of HTTP/1.0, and of requests for
    /// another protocol. Nobody here speaks one, and the codec reads nothing behind them.
    static func lastIfNothingFollows(_ head: HTTPRequestHead) -> HTTPRequestHead {
        let isUpgrading = head.headers.contains(name: "upgrade") || head.method == .CONNECT
        guard isUpgrading || !head.isKeepAlive || head.version != .http1_1 else { return head }
        var head = head
        head.headers.replaceOrAdd(name: "connection", value: "close")
        return head
    }

    /// Ends a connection whose bytes cannot be read on: with an answer, where none is due or under way already.
    func refuseBytes(_ refusal: Refusal) {
        if case .ended = stage { return }
        if isAnswerDue {
            context?.close(promise: nil)
        } else {
            requestNumber += 1
            refuseRequest(refusal)
        }
    }

    /// Gives the request to whoever stands behind; they are added when the first one comes.
    func passOn(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        if !isRestReady, case .onDemand(let add) = front.rest {
            do {
                try add(context.channel)
                isRestReady = true
            } catch {
                return context.close(promise: nil)
            }
        }
        if isRestReady {
            stage = .passing(Passing(isOld: head.version != .http1_1, closes: !head.isKeepAlive))
            continueIfExpected(head)
            context.fireChannelRead(wrapInboundOut(.head(head)))
        } else {
            let request = IngestRequest(method: .other, route: .chat)
            let receiving = Receiving(
                request: request, bytesMax: 0, closes: !head.isKeepAlive, withoutBody: head.method == .HEAD)
            stage = .answering(closes: receiving.closes, withoutBody: receiving.withoutBody)
            deliver(worker.refuse(.notFound, isCrossOrigin: false), slot: requestNumber)
            flush()
        }
    }

    /// The head of somebody else's answer, as it leaves; they answer with final ones only.
    func begin(_ head: HTTPResponseHead, _ passing: Passing) -> HTTPResponseHead {
        var (head, passing) = (head, passing)
        passing.hasAnswer = true
        stage = .passing(passing)
        if passing.closes { head.headers.replaceOrAdd(name: "connection", value: "close") }
        // Without a length it ends with the connection (RFC 9112, section 6.3).
        if passing.isOld, !head.headers.contains(name: "content-length") { head.version = .http1_0 }
        return head
    }

    /// The last part of somebody else's answer leaves.
    func answerEnded(_ passing: Passing) {
        guard !passing.closes else {
            stage = .ended
            return front.ignoreRest()
        }
        stage = passing.isReceived ? .idle : .discarding
        front.codecAnswered()
    }
}

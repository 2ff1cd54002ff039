internal import EventModel
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression

extension IngestHTTPHandler {
    func received(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ data: NIOAny) {
        switch stage {
        // The decompressor hands the head through that it was given; after the last answer nobody listens.
        case .receiving, .ended: return
        case .idle, .discarding, .answering, .passing: break
        }
        requestNumber += 1
        bodyBytes = 0
        if let refusal = HeadRules.refusal(of: head) { return refuseRequest(refusal) }
        let head = Self.lastIfNothingFollows(head)
        guard let request = worker.request(head, peer: front.peer) else {
            passOn(context, head)
            return
        }
        let max = request.route.bodyBytesMax(worker.gateway.configuration.limits)
        let receiving = Receiving(
            request: request, bytesMax: max, closes: !head.isKeepAlive, withoutBody: head.method == .HEAD)
        stage = .receiving(receiving)
        guard request.method == .post else { return }
        // The codec has seen that it is a number; one that is none of ours is larger than any body.
        if let length = head.headers.first(name: "content-length"), Int(length) ?? .max > max {
            refuse(.bodyTooLarge(max), request)
        } else if request.route == .webhooks, Self.encodings(head) == ["gzip"] {
            var receiving = receiving
            receiving.sealedHead = head
            stage = .receiving(receiving)
        } else if !prepareEncoding(context, head, bytesMax: max) {
            refuse(.unsupportedMedia, request)
        } else {
            continueIfExpected(head)
        }
    }

    func continueIfExpected(_ head: HTTPRequestHead) {
        // RFC 9110, section 10.1.1: not to a client of HTTP/1.0.
        guard head.version == .http1_1 else { return }
        let expectations = head.headers[canonicalForm: "expect"]
        if expectations.contains(where: { $0.lowercased() == "100-continue" }) { front.writeContinue() }
    }

    /// Puts a decompressor in front where the body needs one; false for encodings that nobody here opens.
    private func prepareEncoding(_ context: ChannelHandlerContext, _ head: HTTPRequestHead, bytesMax: Int) -> Bool {
        let encodings = Self.encodings(head)
        if encodings.isEmpty || encodings == ["identity"] { return true }
        guard encodings == ["gzip"] else { return false }
        var head = head
        head.headers.replaceOrAdd(name: "content-encoding", value: "gzip")
        let decompressor = NIOHTTPRequestDecompressor(limit: .size(bytesMax))
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(decompressor, position: .before(self))
            self.decompressor = decompressor
            // It learns the encoding from the head, which has passed its place already.
            decompressor.channelRead(
                context: try pipeline.context(handler: decompressor), data: wrapInboundOut(.head(head)))
            return true
        } catch {
            return false
        }
    }

    /// `x-gzip` is another name of `gzip` (RFC 9110, section 8.4.1.3).
    private static func encodings(_ head: HTTPRequestHead) -> [String] {
        head.headers[canonicalForm: "content-encoding"].map { $0.lowercased() }.map { $0 == "x-gzip" ? "gzip" : $0 }
    }

    /// A compressed delivery has come whole: its signature is of the bytes as they were sent, so they are checked before
    /// anything opens them. What the decompressor makes of them comes back here as the body.
    private func open(_ context: ChannelHandlerContext, _ receiving: Receiving, _ head: HTTPRequestHead) {
        let sealed = receiving.body
        if let refusal = worker.refusalOfSignature(receiving.request, sealed.readableBytesUInt8Span) {
            endBody(context)
            stage = .answering(closes: receiving.closes, withoutBody: false)
            deliver(refusal, slot: requestNumber)
            return flush()
        }
        var opening = receiving
        opening.request.fields.webhook?.isVerified = true
        opening.body = ByteBuffer()
        opening.sealedHead = nil
        stage = .receiving(opening)
        guard prepareEncoding(context, head, bytesMax: receiving.bytesMax), let decompressor else {
            return refuse(.unsupportedMedia, receiving.request)
        }
        do {
            let own = try context.pipeline.syncOperations.context(handler: decompressor)
            for part in [HTTPServerRequestPart.body(sealed), .end(nil)] {
                decompressor.channelRead(context: own, data: wrapInboundOut(part))
            }
        } catch {
            refuse(.unsupportedMedia, receiving.request)
        }
    }

    func received(_ context: ChannelHandlerContext, _ part: ByteBuffer, _ data: NIOAny) {
        switch stage {
        case .receiving(var receiving):
            // Only one reference to the body may exist while it grows.
            stage = .discarding
            guard receiving.body.readableBytes + part.readableBytes <= receiving.bytesMax else {
                stage = .receiving(receiving)
                return refuse(.bodyTooLarge(receiving.bytesMax), receiving.request)
            }
            let arrived = receiving.body.readableBytes + part.readableBytes
            guard hasRoom(&receiving, arrived: arrived) else {
                stage = .receiving(receiving)
                return refuse(.bufferFull(retryAfterSeconds: 1), receiving.request)
            }
            receiving.body.writeImmutableBuffer(part)
            stage = .receiving(receiving)
        case .passing: context.fireChannelRead(data)
        case .idle, .discarding, .answering, .ended: break
        }
    }

    /// Takes room for what has arrived of a body.
    private func hasRoom(_ receiving: inout Receiving, arrived: Int) -> Bool {
        guard ReceivingRoom.isShort(receiving.share, arrived: arrived) else { return true }
        return worker.gateway.receiving.grow(
            &receiving.share, arrived: arrived, from: worker.origin.address(of: receiving.request))
    }

    func receivedEnd(_ context: ChannelHandlerContext, _ data: NIOAny) {
        switch stage {
        case .receiving(let receiving):
            if let head = receiving.sealedHead { return open(context, receiving, head) }
            endBody(context)
            stage = .answering(closes: receiving.closes, withoutBody: receiving.withoutBody)
            accept(receiving)
        case .discarding:
            endBody(context)
            stage = .idle
        case .passing(var passing):
            passing.isReceived = true
            stage = .passing(passing)
            context.fireChannelRead(data)
        case .idle, .answering, .ended: break
        }
    }

    private func accept(_ receiving: Receiving) {
        let slot = requestNumber
        let body = receiving.body
        switch worker.accept(receiving.request, body: body.readableBytesUInt8Span, receiver: self, slot: slot) {
        case .answer(let answer):
            deliver(answer, slot: slot)
            flush()
        case .waiting: break
        case .lookUp(let key):
            worker.lookUp(
                key, then: receiving.request, body: body.readableBytesUInt8Span.array, receiver: self, slot: slot)
        }
    }

    /// Answers before the body has come, and ends the connection.
    func refuse(_ refusal: Refusal, _ request: IngestRequest) {
        releaseBody()
        var answer = worker.refuse(refusal, isCrossOrigin: request.route.isCrossOrigin)
        answer.closes = true
        stage = .answering(closes: true, withoutBody: false)
        deliver(answer, slot: requestNumber)
        flush()
    }

    /// The same where nothing of the request is to be trusted, or it was somebody else's and has no answer yet.
    func refuseRequest(_ refusal: Refusal) {
        releaseBody()
        stage = .answering(closes: true, withoutBody: false)
        deliver(worker.refuse(refusal, isCrossOrigin: true), slot: requestNumber)
        flush()
    }

    /// Lets go of what the request needed; the codec is clean for the next one.
    private func endBody(_ context: ChannelHandlerContext) {
        releaseBody()
        guard let decompressor else { return }
        self.decompressor = nil
        context.pipeline.syncOperations.removeHandler(decompressor, promise: nil)
    }

    func releaseBody() {
        guard case .receiving(var receiving) = stage else { return }
        worker.gateway.receiving.release(&receiving.share)
        stage = .receiving(receiving)
    }
}

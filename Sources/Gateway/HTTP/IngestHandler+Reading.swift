internal import EventModel
internal import NIOCore

extension IngestHandler {
    /// True while the held bytes are the beginning of a body, which takes room as it comes.
    var isReceivingBody: Bool { head != nil }

    /// Works off the held bytes as far as possible.
    func proceed(_ context: ChannelHandlerContext) {
        while let bytes = held, bytes.readableBytes > 0 {
            switch mode {
            case .ending, .closing:
                held = nil
            case .codec:
                held = nil
                context.fireChannelRead(wrapInboundOut(bytes))
                context.fireChannelReadComplete()
                watchCodec(context, bytes: bytes.readableBytes)
            case .passing(let remaining, let isAnswered):
                guard remaining > 0 else { return }
                passOn(context, remaining: remaining, isAnswered: isAnswered)
            case .plain:
                guard slots.count < limits.pipelinedMax, readRequest(context, bytes) else {
                    if head == nil, slots.isEmpty { scheduleDeadline(context) }
                    return
                }
            }
        }
        held = nil
    }

    /// Reads one request; false when more bytes or earlier answers have to come first.
    private func readRequest(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) -> Bool {
        if let head {
            guard let route = route(head, bytes) else { return switchToCodec(context) }
            return readBody(context, bytes, head, route)
        }
        switch PlainHead.parse(bytes.readableBytesUInt8Span, bytesMax: limits.headBytesMax) {
        case .incomplete:
            headAttempts += 1
            // Reading a dripping head again and again is work for the codec, which keeps its place.
            return headAttempts > Self.headAttemptsMax ? switchToCodec(context) : false
        case .notPlain:
            return switchToCodec(context)
        case .plain(let head):
            headAttempts = 0
            guard let route = route(head, bytes), isForUs(head) else { return passRequest(context, head) }
            if head.method == .post, head.contentLength > route.bodyBytesMax(limits) {
                return refuse(context, head, .bodyTooLarge(route.bodyBytesMax(limits)), route)
            }
            return readBody(context, bytes, head, route)
        }
    }

    private func readBody(
        _ context: ChannelHandlerContext, _ bytes: ByteBuffer, _ head: PlainHead, _ route: IngestRoute
    ) -> Bool {
        guard bytes.readableBytes >= head.end + head.contentLength else {
            if self.head == nil {
                self.head = head
                scheduleDeadline(context)
            }
            guard hasRoom(bytes, head, route) else {
                return refuse(context, head, .bufferFull(retryAfterSeconds: 1), route)
            }
            return false
        }
        if self.head != nil || deadline != nil { endBody() }
        accept(bytes, head, route)
        held?.moveReaderIndex(forwardBy: head.end + head.contentLength)
        if let held, held.readableBytes == 0 { self.held = nil }
        return true
    }

    /// Takes room for what has arrived of a body.
    private func hasRoom(_ bytes: ByteBuffer, _ head: PlainHead, _ route: IngestRoute) -> Bool {
        let arrived = bytes.readableBytes - head.end
        guard ReceivingRoom.isShort(share, arrived: arrived) else { return true }
        let request = head.request(route: route, bytes.readableBytesUInt8Span, peer: peer)
        return worker.gateway.receiving.grow(&share, arrived: arrived, from: worker.origin.address(of: request))
    }

    private func accept(_ bytes: ByteBuffer, _ head: PlainHead, _ route: IngestRoute) {
        let slot = openSlot(closes: head.closes)
        let span = bytes.readableBytesUInt8Span
        let body = span.extracting(head.end..<head.end + head.contentLength)
        let request = head.request(route: route, span, peer: peer)
        switch worker.accept(consume request, body: body, receiver: self, slot: slot) {
        case .answer(let answer): deliver(answer, slot: slot)
        case .waiting: break
        case .lookUp(let key):
            let request = head.request(route: route, span, peer: peer)
            worker.lookUp(key, then: request, body: body.array, receiver: self, slot: slot)
        }
    }

    /// A place for the answer of the request that was read last.
    func openSlot(closes: Bool) -> UInt64 {
        slots.append(Slot(closes: closes))
        if closes { mode = .ending }
        return firstSlot + UInt64(slots.count) - 1
    }

    /// The gateway's route that the head names.
    private func route(_ head: PlainHead, _ bytes: ByteBuffer) -> IngestRoute? {
        let target = bytes.readableBytesUInt8Span.extracting(head.target)
        return worker.route(path: target.extracting(0..<target.pathEnd))
    }

    /// A POST whose body is sent as it is; everything else takes the longer way.
    private func isForUs(_ head: PlainHead) -> Bool {
        head.method == .post && head.range(.contentEncoding) == nil
    }

    /// Answers without the body, and closes: its bytes are not worth reading.
    private func refuse(
        _ context: ChannelHandlerContext, _ head: PlainHead, _ refusal: Refusal, _ route: IngestRoute?
    ) -> Bool {
        endBody()
        let slot = openSlot(closes: true)
        var answer = worker.refuse(refusal, isCrossOrigin: route?.isCrossOrigin ?? true)
        answer.closes = true
        deliver(answer, slot: slot)
        held = nil
        return false
    }

    /// Lets go of the room and the deadline of the request that was being received.
    func endBody() {
        head = nil
        worker.gateway.receiving.release(&share)
        deadline?.cancel()
        deadline = nil
    }

    private static let headAttemptsMax = 8
}

extension Span<UInt8> {
    /// Where the query begins, or the end.
    var pathEnd: Int {
        var place = 0
        while place < count, self[place] != UInt8(ascii: "?") { place += 1 }
        return place
    }
}

internal import NIOCore

extension IngestHandler {
    /// Gives one request with known length to the codec; false when earlier answers have to leave first.
    func passRequest(_ context: ChannelHandlerContext, _ head: PlainHead) -> Bool {
        guard slots.isEmpty, prepareCodec(context) else { return false }
        mode = .passing(remaining: head.end + head.contentLength, isAnswered: false)
        return true
    }

    /// Gives everything from here on to the codec; false when earlier answers have to leave first.
    func switchToCodec(_ context: ChannelHandlerContext) -> Bool {
        guard slots.isEmpty, prepareCodec(context) else { return false }
        mode = .codec
        return true
    }

    /// Passes on what is there of the current request.
    func passOn(_ context: ChannelHandlerContext, remaining: Int, isAnswered: Bool) {
        guard var bytes = held, let part = bytes.readSlice(length: min(remaining, bytes.readableBytes)) else { return }
        held = bytes.readableBytes > 0 ? bytes : nil
        let left = remaining - part.readableBytes
        mode = left == 0 && isAnswered ? .plain : .passing(remaining: left, isAnswered: isAnswered)
        context.fireChannelRead(wrapInboundOut(part))
        context.fireChannelReadComplete()
        if left > 0 { scheduleDeadline(context) } else { endBody() }
    }

    /// The codec has written the last part of an answer.
    func codecAnswered() {
        guard case .passing(let remaining, _) = mode, let context else { return }
        mode = remaining == 0 ? .plain : .passing(remaining: remaining, isAnswered: true)
        // Not from within the codec's own write: what follows may be a request for the same codec.
        if remaining == 0, held != nil {
            let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.execute { loopBound.value.resume() }
        }
    }

    /// The codec has written somebody else's last answer. Whoever stands behind it ends the connection.
    func ignoreRest() {
        mode = .ending
        held = nil
        endBody()
    }

    /// The codec has written an answer after which nothing follows.
    func endAfterAnswer() {
        guard let context else { return }
        mode = .closing
        held = nil
        endBody()
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        // After the flush that sends the answer.
        context.eventLoop.execute { loopBound.value.finishOutput() }
    }

    /// Tells a client that waits for it to send the body, past the codec's encoder: it is no answer yet.
    func writeContinue() {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 32)
        buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Watches a request that the codec has begun to read and not finished; it was given so many bytes just now.
    func watchCodec(_ context: ChannelHandlerContext, bytes: Int) {
        framedBytes = codec?.requestNumber == watchedRequest ? framedBytes + bytes : 0
        let isWatched = codec.map { $0.isReceiving || $0.isBetweenRequests } ?? false
        if !isWatched || codec?.requestNumber != watchedRequest {
            deadline?.cancel()
            deadline = nil
        }
        // Time that the request before has used is not counted again.
        watchedRequest = codec?.requestNumber ?? 0
        guard isWatched, let codec else { return }
        if codec.isReceiving, framedBytes > limits.headBytesMax + Self.framingMax * codec.bodyBytes {
            codec.refuseBytes(.badRequest)
        } else {
            scheduleDeadline(context)
        }
    }

    /// Goes on with what was held back.
    func resume() {
        guard let context, context.channel.isActive else { return }
        proceed(context)
        flushAnswers(context)
        closeIfDone(context)
        if readIsHeldBack {
            readIsHeldBack = false
            read(context: context)
        }
    }

    /// Adds the codec and what stands behind it, once; false when that failed and the connection is closed.
    private func prepareCodec(_ context: ChannelHandlerContext) -> Bool {
        outlet.channelIsUsed = true
        if codec != nil { return true }
        do {
            codec = try IngestChannel.addCodec(to: context.channel, front: self)
            return true
        } catch {
            mode = .closing
            context.close(promise: nil)
            return false
        }
    }

    /// Bytes on the way for each byte of a body: chunks of one byte have six.
    private static let framingMax = 16
}

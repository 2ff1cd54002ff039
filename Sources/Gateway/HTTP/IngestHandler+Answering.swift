internal import NIOCore

extension IngestHandler {
    /// Writes the answer of the first slot and those behind it that have waited for it, in order.
    func deliverDue(_ context: ChannelHandlerContext, _ first: IngestAnswer) {
        hasAnswered = true
        if slots.count == 1, held == nil, sendDirectly(context, first) { return }
        var buffer: ByteBuffer?
        var due: IngestAnswer? = first
        while let answer = due {
            let slot = slots.removeFirst()
            firstSlot += 1
            due = slots.first?.early?.answer
            if case .closing = mode { continue }
            let closes = slot.closes || answer.closes
            var bytes = buffer ?? context.channel.allocator.buffer(capacity: Self.answerBytesUsual + answer.body.count)
            worker.encode(answer, closes: closes) { unsafe $0.withUnsafeBytes { _ = unsafe bytes.writeBytes($0) } }
            buffer = bytes
            if closes { beginClosing(context) }
        }
        if let buffer { write(context, buffer) }
    }

    private func write(_ context: ChannelHandlerContext, _ bytes: ByteBuffer) {
        outlet.channelIsUsed = true
        needsFlush = true
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    /// Sends the only answer that is due past the channel, where nothing waits in it; false where it has to take the
    /// longer way. No other handler stands between this one and the socket.
    private func sendDirectly(_ context: ChannelHandlerContext, _ answer: IngestAnswer) -> Bool {
        guard case .plain = mode, !slots[slots.startIndex].closes, !answer.closes,
            outlet.isFree(context.channel)
        else { return false }
        slots.removeFirst()
        firstSlot += 1
        let rest = worker.encode(answer, closes: false) { bytes -> ByteBuffer? in
            let sent = outlet.send(bytes)
            guard sent < bytes.count else { return nil }
            return unsafe bytes.extracting(sent..<bytes.count).withUnsafeBytes { unsafe ByteBuffer(bytes: $0) }
        }
        if let rest { write(context, rest) }
        return true
    }

    func flushAnswers(_ context: ChannelHandlerContext) {
        guard needsFlush else { return }
        needsFlush = false
        context.flush()
        if case .closing = mode { finishOutput() }
    }

    /// After a close nothing more is read; the client gets a moment to read the answer before the socket goes.
    private func beginClosing(_ context: ChannelHandlerContext) {
        mode = .closing
        held = nil
        endBody()
    }

    func finishOutput() {
        guard let context else { return }
        context.close(mode: .output, promise: nil)
        guard !inputEnded else { return }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.closingTime) { channel.close(promise: nil) }
    }

    /// A client that has ended its side gets its answers, then the connection ends.
    func closeIfDone(_ context: ChannelHandlerContext) {
        guard inputEnded || isQuiescing, slots.isEmpty else { return }
        switch mode {
        case .plain: context.close(promise: nil)
        // Whoever stands behind the codec closes for itself.
        case .codec where codec?.isBetweenRequests == true && codec?.isRestReady == false: context.close(promise: nil)
        case .codec, .passing, .ending, .closing: break
        }
    }

    func endConnection() {
        endBody()
        idle?.cancel()
        idle = nil
        held = nil
        context = nil
        slots.removeAll()
    }

    /// A request that has begun has to be complete in time.
    func scheduleDeadline(_ context: ChannelHandlerContext) {
        guard deadline == nil else { return }
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(limits.requestMillisMax)) {
            loopBound.value.requestIsLate()
        }
    }

    private func requestIsLate() {
        deadline = nil
        guard let context else { return }
        guard case .plain = mode else { return codecIsLate(context) }
        endBody()
        held = nil
        let slot = openSlot(closes: true)
        deliver(worker.refuse(.timeout, isCrossOrigin: true), slot: slot)
        flushAnswers(context)
    }

    /// The codec did not get a whole request in time. Between requests it may hold the beginning of a head, or nothing.
    private func codecIsLate(_ context: ChannelHandlerContext) {
        switch codec?.stage {
        case .receiving(let receiving): codec?.refuse(.timeout, receiving.request)
        case .passing(let passing) where !passing.isReceived && !passing.hasAnswer: codec?.refuseRequest(.timeout)
        case .passing(let passing) where !passing.isReceived: context.close(promise: nil)
        case .idle, .discarding: context.close(promise: nil)
        case .answering, .passing, .ended, nil: break
        }
    }

    /// Looks again when the connection could have become idle long enough.
    func scheduleIdleCheck(_ context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let idle = TimeAmount.milliseconds(limits.idleMillisMax)
        let due = isSilent ? .now() + min(idle, .milliseconds(limits.silentMillisMax)) : lastReadAt + idle
        self.idle = context.eventLoop.scheduleTask(deadline: due) { loopBound.value.checkIdle() }
    }

    private func checkIdle() {
        guard let context else { return }
        let quiet = NIODeadline.now() - lastReadAt
        let isIdle = quiet >= .milliseconds(limits.idleMillisMax)
        let isCrowding =
            isSilent && quiet >= .milliseconds(limits.silentMillisMax)
            && worker.gateway.metrics.connections > limits.connectionsMax / 2
        if isIdle || isCrowding, slots.isEmpty, isQuiet {
            context.close(promise: nil)
        } else {
            if isIdle { lastReadAt = .now() }
            scheduleIdleCheck(context)
        }
    }

    /// Not a byte has come.
    private var isSilent: Bool { lastReadAt == openedAt }

    /// No request is with the codec; long answers (event streams) keep a connection alive.
    private var isQuiet: Bool {
        switch mode {
        case .plain, .ending, .closing: true
        case .passing: false
        case .codec: codec?.isBetweenRequests ?? true
        }
    }

    private static let answerBytesUsual = 256
    /// How long a client may take to read the last answer.
    private static let closingTime = TimeAmount.seconds(2)
}

internal import NIOCore

/// Sits on the byte stream of a connection. Plain requests to the gateway's routes are read, worked off and answered
/// here; all others pass on to the HTTP codec behind it, one at a time and in order.
///
/// One connection, one event loop. Every request that is read here has a place in `slots`, so answers leave in the
/// order of their requests. While anything waits there, nothing passes on, and while a request is with the codec,
/// nothing after it is read: so both ways of reading never disagree about where a request begins.
final class IngestHandler: AnswerReceiver, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Who reads the bytes now.
    enum Mode {
        /// This handler.
        case plain
        /// The codec, for a request with this many bytes still to come.
        case passing(remaining: Int, isAnswered: Bool)
        /// The codec, for good: a request had a framing that only it can follow.
        case codec
        /// Nobody: the last request is here and waits for its answer, what still comes is thrown away (RFC 9112,
        /// section 9.6).
        case ending
        /// Nobody: the last answer is written, what still comes is thrown away.
        case closing
    }

    /// An answer's place in the order.
    struct Slot {
        let closes: Bool
        /// Came before its turn; a box, since few do.
        var early: EarlyAnswer?
    }

    final class EarlyAnswer {
        let answer: IngestAnswer
        init(_ answer: IngestAnswer) { self.answer = answer }
    }

    let worker: IngestWorker
    let rest: IngestChannel.Rest
    var mode = Mode.plain
    var held: ByteBuffer?
    /// The head of a request whose body is not complete yet.
    var head: PlainHead?
    /// The room that its body has taken.
    var share = ReceivingRoom.Share()
    var slots = CircularBuffer<Slot>(initialCapacity: 1)
    /// The number of the first slot.
    var firstSlot: UInt64 = 0
    var headAttempts = 0
    var peer = ClientAddress.unknown
    var context: ChannelHandlerContext?
    var codec: IngestHTTPHandler?
    var readIsHeldBack = false
    var inputEnded = false
    /// The server stops: after the answers that are due the connection ends.
    var isQuiescing = false
    /// An answer has left, or waits in the channel, since the last flush.
    var hasAnswered = false
    /// An answer waits in the channel.
    var needsFlush = false
    var outlet = AnswerOutlet()
    var deadline: Scheduled<Void>?
    /// The codec's request for which `deadline` was set.
    var watchedRequest: UInt64 = 0
    /// Bytes that the codec was given since that request began.
    var framedBytes = 0
    var idle: Scheduled<Void>?
    let openedAt = NIODeadline.now()
    var lastReadAt: NIODeadline
    var limits: GatewayLimits { worker.gateway.configuration.limits }

    init(worker: IngestWorker, rest: IngestChannel.Rest) {
        self.worker = worker
        self.rest = rest
        self.lastReadAt = openedAt
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peer = context.remoteAddress?.ipAddress.flatMap { ClientAddress($0) } ?? .unknown
        scheduleIdleCheck(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { endConnection() }

    func channelActive(context: ChannelHandlerContext) {
        peer = context.remoteAddress?.ipAddress.flatMap { ClientAddress($0) } ?? .unknown
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        endConnection()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        lastReadAt = .now()
        switch mode {
        case .ending, .closing: return
        case .codec:
            context.fireChannelRead(data)
            watchCodec(context, bytes: bytes.readableBytes)
            return
        case .plain, .passing:
            if held == nil {
                held = bytes
            } else {
                held?.writeBuffer(&bytes)
            }
            proceed(context)
        }
    }

    package override func deliver(_ answer: IngestAnswer, slot: UInt64) {
        guard let context, slot >= firstSlot, slot - firstSlot < UInt64(slots.count) else { return }
        if slot == firstSlot {
            deliverDue(context, answer)
        } else {
            slots[slots.index(slots.startIndex, offsetBy: Int(slot - firstSlot))].early = EarlyAnswer(answer)
        }
    }

    package override func flush() {
        guard let context, hasAnswered else { return }
        hasAnswered = false
        flushAnswers(context)
        if held != nil || readIsHeldBack || inputEnded || isQuiescing { resume() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flushAnswers(context)
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            inputEnded = true
            closeIfDone(context)
        } else if event is ChannelShouldQuiesceEvent {
            isQuiescing = true
            closeIfDone(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Reading stops while a client sends more than is worked off, and while it does not take its answers.
    func read(context: ChannelHandlerContext) {
        let isBehind = (held?.readableBytes ?? 0) > Self.heldBytesMax && !isReceivingBody
        if isBehind || isUnread(context) {
            readIsHeldBack = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, readIsHeldBack {
            readIsHeldBack = false
            read(context: context)
        }
        context.fireChannelWritabilityChanged()
    }

    /// Answers of ours pile up. Whoever stands behind the codec writes no faster than its client reads.
    private func isUnread(_ context: ChannelHandlerContext) -> Bool {
        if case .passing = mode { return false }
        return !context.channel.isWritable
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A codec in the way turns its own errors into answers; any other error is the socket's.
        if codec == nil { context.close(promise: nil) } else { context.fireErrorCaught(error) }
    }

    /// Bytes that may wait behind requests in progress: two full socket reads.
    private static let heldBytesMax = 128 << 10
}

internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression

/// Stands behind NIO's codec: works off the gateway's requests that are not plain (chunked, compressed, preflights),
/// and lets everything else through. The codec gives it one request at a time.
final class IngestHTTPHandler: AnswerReceiver, ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Where the current request is.
    enum Stage {
        case idle
        /// One of ours, its body on the way.
        case receiving(Receiving)
        /// One of ours, answered before its body was read.
        case discarding
        /// One of ours, complete and not answered yet.
        case answering(closes: Bool, withoutBody: Bool)
        /// Somebody else's.
        case passing(Passing)
        /// The last answer is written.
        case ended
    }

    struct Receiving {
        var request: IngestRequest
        let bytesMax: Int
        let closes: Bool
        let withoutBody: Bool
        var body = ByteBuffer()
        var share = ReceivingRoom.Share()
        /// The head of a delivery whose body is kept as it was sent until its signature is checked, and opened then.
        var sealedHead: HTTPRequestHead?
    }

    struct Passing {
        /// HTTP/1.0 knows no chunks.
        let isOld: Bool
        let closes: Bool
        var isReceived = false
        /// An answer's head has left.
        var hasAnswer = false
    }

    let front: IngestHandler
    var worker: IngestWorker { front.worker }
    var stage = Stage.idle
    var context: ChannelHandlerContext?
    var decompressor: NIOHTTPRequestDecompressor?
    var isRestReady: Bool
    var requestNumber: UInt64 = 0
    /// Bytes of the current request's body so far, without their framing.
    var bodyBytes = 0

    init(front: IngestHandler) {
        self.front = front
        if case .added = front.rest { isRestReady = true } else { isRestReady = false }
    }

    /// No request is being received or answered.
    var isBetweenRequests: Bool {
        if case .idle = stage { true } else { false }
    }

    /// A request's body is still on the way.
    var isReceiving: Bool {
        switch stage {
        case .receiving, .discarding: true
        case .passing(let passing): !passing.isReceived
        case .idle, .answering, .ended: false
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) {
        releaseBody()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        releaseBody()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): received(context, head, data)
        case .body(let part):
            bodyBytes += part.readableBytes
            received(context, part, data)
        case .end: receivedEnd(context, data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Where the request was refused after all while somebody else was at it, their answer comes too late.
        guard case .passing(let passing) = stage else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head): context.write(wrapOutboundOut(.head(begin(head, passing))), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            answerEnded(passing)
            context.write(data, promise: promise)
        }
    }

    package override func deliver(_ answer: IngestAnswer, slot: UInt64) {
        guard let context, slot == requestNumber, case .answering(let closes, let withoutBody) = stage else { return }
        let head = worker.head(answer, closes: closes)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !withoutBody, !answer.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        // The codec hands on the next request from within the write of the end, so all is settled before it.
        stage = closes || answer.closes ? .ended : .idle
        if closes || answer.closes { front.endAfterAnswer() } else { front.codecAnswered() }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
    }

    package override func flush() { context?.flush() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            guard case .receiving(let receiving) = stage else { return }
            let isBomb = error as? NIOHTTPDecompression.DecompressionError == .limit
            refuse(
                isBomb ? .bodyTooLarge(receiving.bytesMax) : .notJSON("the compressed body is damaged"),
                receiving.request)
        case let error as HTTPParserError:
            refuseBytes(error == .headerOverflow ? .headTooLarge : .badRequest)
        default:
            if isRestReady { context.fireErrorCaught(error) } else { context.close(promise: nil) }
        }
    }

    /// An answer has begun, is being made of a request that has come whole, or was the last.
    var isAnswerDue: Bool {
        switch stage {
        case .idle, .receiving: false
        case .passing(let passing): passing.isReceived || passing.hasAnswer
        case .discarding, .answering, .ended: true
        }
    }
}

package import EventModel
internal import Pipelines
package import Privacy
internal import ReadModels
package import Recorder

extension OwnEvent {
    /// The event at which read models forget: what these handles own, or all of the shop where there are none given. The
    /// same arguments give the same bytes, so that whoever writes it again writes a repeat. `identity` is the request's
    /// and the sequence's unless another is given.
    package static func tombstone(
        _ handles: [Handle]?, request: Key128, sequence: some BinaryInteger, at millis: Int64, identity: String? = nil
    ) -> OwnEvent {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("request", request.uuid)
            guard let handles else { return }
            writer.member("sequence", Int64(sequence))
            writer.member("handles") { writer in
                writer.array(handles) { writer, handle in
                    writer.object { writer in
                        writer.member("kind", Int64(handle.kind.rawValue))
                        writer.member("hash", handle.hash.hex)
                    }
                }
            }
        }
        return .system(
            handles == nil ? .shopRedacted : .privacyErased, payload: writer.bytes, occurredAt: millis,
            identity: identity ?? "\(request.uuid) \(sequence)")
    }
}

internal import EventModel
internal import Pipelines

extension EventCleaner {
    /// Writes the event as it is stored, and what is sealed of it.
    func rewrite(
        _ raw: RawEvent, _ body: Span<UInt8>, _ shop: ShopContext, _ room: inout CleaningRoom,
        into clean: inout CleanEvent
    ) {
        let scope = clean.visitor.kind == .none ? raw.key : clean.visitor.id
        let count = Self.takeApart(
            raw.range, body, room.edits, &clean.rewritten, plain: &room.plain, places: &room.places
        ) { shop.click($0, of: scope) }
        guard count > 0 else { return }
        guard let owner = clean.handles.first else { preconditionFailure("an event has a handle of its own at least") }
        let (key, grant) = self.subjects.key(for: owner, in: shop, random: self.cipher.random)
        if let grant { clean.grants.append(grant) }
        self.seal(raw.key, shop, key, room, count: count, into: &clean)
    }

    /// No edit puts more in a value's place; a click's mark is the longest.
    private static let standInBytesMax = 24

    /// Appends to `rewritten` what stays readable of `body[range]`, and what stands for the rest; `plain` becomes the values
    /// to seal, each behind its length, and `places` where they stood. Gives their number. `click` tells what stands for
    /// the number of a click.
    private static func takeApart(
        _ range: Range<Int>, _ body: Span<UInt8>, _ edits: [Edit], _ rewritten: inout [UInt8],
        plain: inout [UInt8], places: inout [UInt8], click: (Span<UInt8>) -> [UInt8]
    ) -> Int {
        plain.empty()
        places.empty()
        var count = 0
        let numberBytesMax = edits.count * VarintReader.bytesMax
        rewritten.append(addingCapacity: range.count + edits.count * Self.standInBytesMax) { rewritten in
            plain.append(addingCapacity: range.count + numberBytesMax) { plain in
                places.append(addingCapacity: numberBytesMax) { places in
                    var copied = range.lowerBound
                    var afterField = 0
                    for edit in edits {
                        rewritten.append(body.extracting(copied..<edit.range.lowerBound))
                        copied = edit.range.upperBound
                        guard let field = edit.field else {
                            switch edit.kind {
                            case .hashedInside: rewritten.append(click(body.extracting(edit.range)).span)
                            case .null, .whole: rewritten.append("null")
                            case .removedInside, .inside: rewritten.append("(removed)")
                            }
                            continue
                        }
                        count += 1
                        places.appendVarint((rewritten.count - afterField) << 1 | Int(field.rawValue))
                        rewritten.append(field.markerText)
                        afterField = rewritten.count
                        plain.appendVarint(edit.range.count)
                        plain.append(body.extracting(edit.range))
                    }
                    rewritten.append(body.extracting(copied..<range.upperBound))
                }
            }
        }
        return count
    }

    /// Writes the sealed bytes of the room's plain ones, and whose they are.
    func seal(
        _ event: Key128, _ shop: ShopContext, _ key: SubjectKey, _ room: CleaningRoom, count: Int,
        into clean: inout CleanEvent
    ) {
        let (handles, mentioned, contacts, places) = (clean.handles, clean.mentioned, clean.contacts, room.places)
        let headBytesMax = SealedHead.bytesMax(handles: handles.count, placesBytes: places.count)
        clean.sealed.append(addingCapacity: headBytesMax + room.plain.count + SealedCipher.tagBytes) { sealed in
            sealed.append(SealedHead.version)
            sealed.append(key.id)
            sealed.append(UInt8(handles.count))
            for handle in handles {
                let isMentioned = !mentioned.isEmpty && mentioned.contains(handle)
                let isContact = !contacts.isEmpty && contacts.contains(handle)
                let marks = (isMentioned ? SealedHead.mentionBit : 0) | (isContact ? SealedHead.contactBit : 0)
                sealed.append(handle.kind.rawValue | marks)
                sealed.append(handle.hash)
            }
            sealed.appendVarint(count)
            sealed.append(places.span)
        }
        self.cipher.seal(room.plain, under: key.bytes, shop: shop.shop, event: event, into: &clean.sealed)
    }
}

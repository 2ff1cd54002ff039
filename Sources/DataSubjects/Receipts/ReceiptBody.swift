internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// What a receipt says: numbers, positions and fingerprints; never a value of the person, nor a hash of one.
struct ReceiptBody {
    /// Fingerprints in one receipt; of more (a shop's) the receipt has the digest of all.
    private static let fingerprintsMax = 10_000
    /// Bytes of a fingerprint: enough to tell keys apart, and it says nothing of them.
    private static let fingerprintBytes = 16

    let request: SubjectRequest
    let rounds: [ErasureRound]
    /// Rows changed, by read model.
    let redactions: [(projection: String, rows: Int64)]
    let backups: [Backup]
    /// What each step came to, by its name.
    let results: [String: [String: Int64]]
    let version: String
    let finishedAt: Int64
    /// The shop as a whole had been forgotten before.
    let isShopGone: Bool
    /// What was asked for is fenced, all of it.
    let isFenced: Bool
    /// Where in the log it was, by lane.
    let stretches: [LogStretch]

    struct Backup: Sendable {
        let id: Key128
        let madeAt: Int64
        let keysExpireAt: Int64
    }

    /// The statement, JSON with its members in a fixed order.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("format", "footfall-erasure-receipt")
            writer.member("version", Int64(1))
            writeRequest(&writer)
            writeFindings(&writer)
            writeKeys(&writer)
            writer.member("read_models") { writer in
                writer.array(redactions) { writer, redaction in
                    writer.object { writer in
                        writer.member("name", redaction.projection)
                        writer.member("rows", redaction.rows)
                    }
                }
            }
            writer.member("steps") { writer in
                writer.object { writer in
                    for (step, counts) in results.sorted(by: { $0.key < $1.key }) {
                        writer.member(step) { StepResults.write(counts, &$0) }
                    }
                }
            }
            writer.member("remains") { writer in
                writer.array(remains) { writer, remain in
                    writer.object { writer in
                        writer.member("column", remain.column)
                        writer.member("rows", remain.rows)
                    }
                }
            }
            writeBackups(&writer)
            writer.member("statements", ReceiptWords.statements(self))
            writer.member("software", "Footfall \(version)")
        }
        return writer.bytes
    }

    private func writeRequest(_ writer: inout JSONWriter) {
        writer.member("request", request.id.uuid)
        writer.member("kind", request.kind.rawValue)
        writer.member("origin", request.origin.rawValue)
        writer.member("reference", request.reference)
        writer.member("shop") { writer in
            writer.object { writer in
                writer.member("id", Int64(request.shop.shop))
                writer.member("domain", request.domain)
            }
        }
        writer.member("asked_at", Timestamp.text(request.askedAt))
        writer.member("due_at", Timestamp.text(request.dueAt))
        writer.member("finished_at", Timestamp.text(finishedAt))
        writer.member("asked") { writer in
            writer.object { writer in
                writer.member("orders", request.orders.rawValue)
                writer.member("handles") { Self.count(request.asked, &$0) }
            }
        }
    }

    private func writeFindings(_ writer: inout JSONWriter) {
        let (asked, fenced) = (Set(request.asked), Set(rounds.flatMap(\.handles)))
        writer.member("found") { writer in
            writer.object { writer in
                writer.member("anything", hasFound)
                writer.member("fenced") { Self.count(Array(fenced), &$0) }
                writer.member("beyond_asked", Int64(fenced.subtracting(asked).count))
                writer.member("unlinked") { Self.count(rounds.flatMap(\.unlinked), &$0) }
            }
        }
        writer.member("log") { writer in
            writer.object { writer in
                writer.member("events", stretches.map(\.events).reduce(0, +))
                writer.member("lanes") { writer in
                    writer.array(stretches) { writer, stretch in
                        writer.object { writer in
                            writer.member("lane", Int64(stretch.lane))
                            writer.member("events", stretch.events)
                            writer.member("first_position", stretch.range.lowerBound)
                            writer.member("last_position", stretch.range.upperBound)
                        }
                    }
                }
            }
        }
        writer.member("tombstones") { $0.array(rounds.compactMap(\.tombstone)) { $0.integer($1) } }
    }

    private func writeKeys(_ writer: inout JSONWriter) {
        let ids = rounds.flatMap(\.keyIDs).sorted()
        let fingerprints = ids.map { Array(SHA256.hash($0.bytes).prefix(Self.fingerprintBytes)) }
        writer.member("keys") { writer in
            writer.object { writer in
                writer.member("destroyed", Int64(ids.count))
                writer.member("shop_key_destroyed", request.kind == .shopErasure && !isShopGone)
                writer.member("fingerprints", fingerprints.prefix(Self.fingerprintsMax).map(Hex.encode))
                writer.member("fingerprints_sha256", Hex.encode(SHA256.hash(fingerprints.flatMap(\.self))))
            }
        }
    }

    private func writeBackups(_ writer: inout JSONWriter) {
        writer.member("backups") { writer in
            writer.array(backups) { writer, backup in
                writer.object { writer in
                    writer.member("id", backup.id.uuid)
                    writer.member("made_at", Timestamp.text(backup.madeAt))
                    writer.member("keys_expire_at", Timestamp.text(backup.keysExpireAt))
                }
            }
        }
    }

    /// Anything was held of the person: events of the log, or some that were set aside. The keys of persons alone say
    /// nothing: the webhook that asks was sealed under one. Those of purchases do, and after a restore all of them: that
    /// webhook came after the backup.
    var hasFound: Bool {
        stretches.contains { $0.events > 0 } || request.isReplay && rounds.contains { !$0.keyIDs.isEmpty }
            || count(.destroyed, RequestWork.purchaseKeys) + count(.quarantine, "events") > 0
    }

    /// Events that name what was asked for and are sealed as somebody else's.
    var keptWithOthers: Int64 { count(.traced, RequestWork.keptWithOthers) }
    /// Handles that claims name beside the person, and that were too many to be looked at.
    var unfollowed: Int64 { count(.traced, RequestWork.unfollowed) }
    /// Where values of the person stand readably in what is not personal.
    var remains: [(column: String, rows: Int64)] { AfterSearch.remains(results[ErasureStep.searched.rawValue] ?? [:]) }
    /// A phone was asked for without its country, and no event told which.
    var isPhoneOpen: Bool { count(.announced, NationalPhone.open) > 0 }

    private func count(_ step: ErasureStep, _ name: String) -> Int64 { results[step.rawValue]?[name] ?? 0 }

    private static func count(_ handles: [Handle], _ writer: inout JSONWriter) {
        let counts = Dictionary(grouping: handles, by: \.kind).mapValues(\.count)
        writer.object { writer in
            for (kind, count) in counts.sorted(by: { $0.key.name < $1.key.name }) {
                writer.member(kind.name, Int64(count))
            }
        }
    }
}

/// The sentences of a receipt.
enum ReceiptWords {
    static func statements(_ receipt: ReceiptBody) -> [String] {
        guard !receipt.isShopGone else {
            return ["Everything of this shop had been forgotten by an earlier request; nothing was left to be done."]
        }
        let person = receipt.request.kind != .shopErasure
        return (receipt.request.isReplay ? [again] : []) + (person ? personal(receipt) : shop) + common(receipt)
    }

    private static let again =
        "This erasure was carried out before, and once more on a database that was restored from an earlier backup; what "
        + "is counted here is what that backup still had. The first receipt stands."

    private static func personal(_ receipt: ReceiptBody) -> [String] {
        let none =
            receipt.keptWithOthers > 0 ? "No event was this person's" : "Nothing was held under what was asked for then"
        let fence = receipt.isFenced ? "; the fence stands, so nothing will be kept of it." : "."
        let found = "The keys of the personal fields are destroyed and the read models redacted."
        let gone = "The backup had nothing left under what was erased then; the fence stands again."
        let others =
            "Events of other persons name an address or a number that was asked for, \(receipt.keptWithOthers) in all. They "
            + "are sealed as those persons' and stay theirs; a request that names their customers or orders erases them."
        let many =
            "Browsers sent more that names this person than a shopper leaves: \(receipt.unfollowed) of the addresses, numbers, "
            + "purchases and browsers named beside were not looked at. What is held under those stays; a request that names "
            + "one of them erases it."
        return [receipt.hasFound ? found : receipt.request.isReplay ? gone : none + fence]
            + (receipt.keptWithOthers > 0 ? [others] : []) + (receipt.unfollowed > 0 ? [many] : [])
            + (receipt.isPhoneOpen ? [phone] : []) + (receipt.remains.isEmpty ? [] : [remains(receipt.remains)])
    }

    private static func remains(_ remains: [(column: String, rows: Int64)]) -> String {
        let places = remains.map { "\($0.column) in \($0.rows) row\($0.rows == 1 ? "" : "s")" }.joined(separator: ", ")
        return
            "An address or a number of the person stands readably where nothing is personal by the pipelines (addresses of "
            + "pages, campaigns, codes): \(places). It stays there and in the log, under a pseudonym."
    }

    private static let phone =
        "A phone number was asked for without its country's code, and what is held does not tell which country's it is; it "
        + "was looked for as it was written. A request with the whole number looks for that."

    private static let shop = [
        "The shop's own key is overwritten with random bytes: nothing that was sealed or hashed under it can be opened or "
            + "linked again.",
        "The shop's API keys are revoked, its Shopify tokens and settings deleted, and its rows removed from the read "
            + "models.",
    ]

    private static func common(_ receipt: ReceiptBody) -> [String] {
        [
            "The event log was not changed: its sealed bytes stay, under the same chain of hashes, and no key is left that "
                + "opens them.",
            "Postgres may keep deleted rows, among them wrapped keys, in its write-ahead log until that is recycled, and in "
                + "free space of its pages until they are written over; reading them takes the disk and APP_SECRET_KEY.",
            receipt.backups.isEmpty
                ? "No backup is known that still holds one of the keys."
                : "The backups listed still hold keys until the day given; a restore carries this erasure out again before "
                    + "it serves anything.",
        ]
    }
}

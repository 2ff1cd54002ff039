import EventModel
import Gateway
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"), ("::ffff:1.2.3.4", "1.2.3.4"), ("1.2.3.4:80", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8:0:0:0:0:0:1"),
        ("::", "0:0:0:0:0:0:0:0"), ("fe80::1%eth0", "fe80::1"), (" 9.9.9.9 ", "9.9.9.9"),
    ]) func `spellings of one address agree`(left: String, right: String) throws {
        let address = try #require(ClientAddress(left))
        #expect(address == ClientAddress(right))
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1:2", "1::2::3", "g::1", "unknown", "1.2.3.4.5", "+1.2.3.4", "1..2.3", "1.2.3.",
        "0001.2.3.4", "1.2.3.4x",
    ])
    func `other texts are no addresses`(text: String) {
        #expect(ClientAddress(text) == nil)
    }

    @Test func `ranges hold their addresses`() throws {
        let private10 = try #require(AddressRange("10.0.0.0/8"))
        #expect(private10.contains(try #require(ClientAddress("10.255.0.1"))))
        #expect(!private10.contains(try #require(ClientAddress("11.0.0.1"))))
        let six = try #require(AddressRange("2001:db8::/33"))
        #expect(six.contains(try #require(ClientAddress("2001:db8:7fff::1"))))
        #expect(!six.contains(try #require(ClientAddress("2001:db8:8000::1"))))
        #expect(AddressRange("10.0.0.0/33") == nil)
        #expect(AddressRange("0.0.0.0/0")?.contains(try #require(ClientAddress("8.8.8.8"))) == true)
    }

    @Test func `only trusted peers name others`() throws {
        let origin = ClientOrigin(trustedProxies: ["10.0.0.0/8"].compactMap { AddressRange($0) })
        var request = IngestRequest(method: .post, route: .webhooks)
        request.fields.forwardedFor = "6.6.6.6, 1.2.3.4, 10.0.0.9"
        request.fields.country = "DE"
        request.peer = try #require(ClientAddress("9.9.9.9"))
        #expect(origin.address(of: request) == request.peer)
        #expect(origin.country(of: request, from: origin.address(of: request)) == .unknown)
        request.peer = try #require(ClientAddress("10.0.0.1"))
        #expect(origin.address(of: request) == ClientAddress("1.2.3.4"))
        #expect(origin.country(of: request, from: origin.address(of: request)) == CountryCode("DE"))
        request.fields.forwardedFor = nil
        request.fields.forwarded = #"for=6.6.6.6;proto=https, For="[2001:db8::7]:1234""#
        #expect(origin.address(of: request) == ClientAddress("2001:db8::7"))
    }

    /// A database with one network: 1.0.0.0/8 in an IPv4 tree.
    static func database(bits: Int) -> [UInt8] {
        let nodes = 8
        var bytes: [UInt8] = []
        func record(_ left: Int, _ right: Int) {
            func part(_ value: Int, _ count: Int) -> [UInt8] {
                (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
            }
            switch bits {
            case 24: bytes += part(left, 3) + part(right, 3)
            case 28:
                bytes +=
                    part(left & 0xFF_FFFF, 3) + [UInt8((left >> 24) << 4 | right >> 24)] + part(right & 0xFF_FFFF, 3)
            default: bytes += part(left, 4) + part(right, 4)
            }
        }
        // 1.0.0.0/8 is 0000 0001: seven steps left, one right; everything else is "not found".
        for node in 0..<7 { record(node + 1, nodes) }
        record(nodes, nodes + 16)
        bytes += [UInt8](repeating: 0, count: 16)
        func text(_ value: String) -> [UInt8] { [0x40 | UInt8(value.utf8.count)] + Array(value.utf8) }
        bytes += [0xE1] + text("country") + [0xE2] + text("geoname_id") + [0xC1, 7] + text("iso_code") + text("FR")
        bytes += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        bytes += [0xE3] + text("node_count") + [0xC1, UInt8(nodes)] + text("record_size") + [0xA1, UInt8(bits)]
        return bytes + text("ip_version") + [0xA1, 4]
    }

    @Test(arguments: [24, 28, 32]) func `countries come from the database`(bits: Int) throws {
        let database = try CountryDatabase(Self.database(bits: bits))
        #expect(database.country(of: try #require(ClientAddress("1.2.3.4"))).text == "FR")
        #expect(database.country(of: try #require(ClientAddress("2.2.3.4"))) == .unknown)
        #expect(database.country(of: try #require(ClientAddress("2001:db8::1"))) == .unknown)
    }

    @Test func `damaged databases are errors or know nothing`() throws {
        #expect(throws: CountryDatabase.Failure.noMetadata) { try CountryDatabase([1, 2, 3]) }
        let whole = Self.database(bits: 24)
        let address = try #require(ClientAddress("1.2.3.4"))
        for place in whole.indices {
            for value: UInt8 in [0x00, 0x3F, 0xFF] {
                var bytes = whole
                bytes[place] = value
                // What matters is that nothing traps.
                do { _ = try CountryDatabase(bytes).country(of: address) } catch { continue }
            }
        }
    }

    @Test func `a token bucket lets the burst through, then the rate`() {
        var bucket = TokenBucket()
        let limit = RateLimit(perSecond: 2, burst: 3)
        let decisions = (0..<5).map { _ in bucket.take(limit, nowMicros: 1_000_000) }
        #expect(decisions.map(\.isAllowed) == [true, true, true, false, false])
        #expect(decisions.map(\.remaining) == [2, 1, 0, 0, 0])
        #expect(decisions[3].retryAfterSeconds == 1)
        #expect(bucket.take(limit, nowMicros: 1_500_000).isAllowed)
        #expect(!bucket.take(limit, nowMicros: 1_500_001).isAllowed)
    }
}

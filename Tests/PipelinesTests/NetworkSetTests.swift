import EventModel
import Pipelines
import TestSupport
import Testing

@Suite struct NetworkSetTests {
    private func v4(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> Key128 {
        Key128(high: 0, low: 0xFFFF_0000_0000 | a << 24 | b << 16 | c << 8 | d)
    }

    @Test func findsAddressesAtBothEnds() throws {
        let set = try NetworkSet(["10.1.0.0/16", "10.1.2.0/24", "192.0.2.7/32", "2001:db8::/32", "10.0.0.0/15"])
        for address in [v4(10, 0, 0, 0), v4(10, 1, 255, 255), v4(192, 0, 2, 7)] { #expect(set.contains(address)) }
        for address in [v4(9, 255, 255, 255), v4(10, 2, 0, 0), v4(192, 0, 2, 6), v4(192, 0, 2, 8), .zero] {
            #expect(!set.contains(address))
        }
        #expect(set.contains(Key128(high: 0x2001_0DB8_FFFF_FFFF, low: .max)))
        #expect(!set.contains(Key128(high: 0x2001_0DB9_0000_0000, low: 0)))
        #expect(!NetworkSet().contains(v4(10, 1, 0, 0)))
    }

    @Test(arguments: ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "x/8", "2001:db8::/129", "10.0.0.0/0", "10.0.0.0/8/8", ""])
    func refusesWhatIsNoNetwork(text: String) {
        #expect(throws: NetworkSet.Unreadable.self) { try NetworkSet([text]) }
    }

    @Test func theShippedListIsReadable() throws {
        let lists = try ReferenceLists.load(folder: PackageFolder.path("pipelines"))
        #expect(lists.dataCentres.contains(v4(66, 249, 66, 1)))
        for address in [v4(127, 0, 0, 1), v4(192, 168, 1, 1), v4(10, 0, 0, 1), v4(203, 0, 113, 1)] {
            #expect(!lists.dataCentres.contains(address))
        }
    }
}

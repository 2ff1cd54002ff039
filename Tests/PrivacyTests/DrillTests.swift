import EventModel
import Foundation
import Pipelines
import Privacy
import Testing

/// Plants a marker in every personal field of every vector, and looks for it in what would be stored.
@Suite struct DrillTests {
    private func check(_ text: [UInt8], _ planter: Planter, _ vector: DrillVector, _ list: String) throws {
        let bench = try Workbench()
        let denied: PrivacySignals = planter.isDenied ? .doNotTrack : []
        let cleaned = try bench.clean(
            String(decoding: text, as: UTF8.self), source: vector.source, name: vector.name, signals: denied)
        let planted = planter.markers.found(in: text)
        #expect(planted.count == planter.markers.all.count, "\(vector): the drill looks for what is not there")
        let leaked = planter.markers.found(in: cleaned.payload) + planter.markers.found(in: cleaned.event.sealed)
        #expect(leaked.isEmpty, "\(vector), \(list): \(self.places(leaked, text))")
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
    }

    /// Where markers were planted, for the message.
    private func places(_ markers: [String], _ text: [UInt8]) -> [String] {
        let whole = String(decoding: text, as: UTF8.self)
        return markers.prefix(8).compactMap { marker in
            whole.range(of: marker).map { String(whole[..<$0.lowerBound].suffix(40)) + marker }
        }
    }

    @Test(arguments: try DrillVector.all().filter { $0.source != .webhook }, [false, true])
    func theHandListOfShoppers(vector: DrillVector, isDenied: Bool) throws {
        try self.byHand(vector, isDenied: isDenied)
    }

    @Test(arguments: try DrillVector.all().filter { $0.source == .webhook })
    func theHandListOfWebhooks(vector: DrillVector) throws {
        try self.byHand(vector, isDenied: false)
    }

    private func byHand(_ vector: DrillVector, isDenied: Bool) throws {
        var planter = Planter(vector: vector, isDenied: isDenied)
        let planted = planter.planted(try vector.root())
        try self.check(
            Array(JSONSerialization.data(withJSONObject: planted, options: .withoutEscapingSlashes)), planter, vector,
            "by hand")
    }

    @Test(arguments: try DrillVector.all())
    func thePipelinesOwnPointers(vector: DrillVector) throws {
        let pipeline = try #require(try Workbench().catalog.pipeline(for: vector.source))
        let definition = pipeline.definition(for: vector.name)
        let text = Array(vector.text.utf8)
        var scanner = JSONScanner()
        try scanner.scan(text.span, pointers: definition.pointers ?? pipeline.pointers)
        var planter = Planter(vector: vector, isDenied: false)
        let planted = planter.planted(text, at: scanner.matches[...], definition.rules)
        try self.check(planted, planter, vector, "by pointers")
    }

    @Test func theHandListHoldsWhatTheVectorsCallPersonal() throws {
        for vector in try PersonalVector.all() {
            let drill = DrillVector(id: vector.id, name: vector.name, source: vector.source, text: vector.text)
            for pointer in vector.pointers {
                let path = pointer.split(separator: "/").map { Int($0) == nil ? String($0) : "*" }
                #expect(HandList.planting(path, drill, denied: false) == .value, "\(vector.id) \(pointer)")
            }
        }
    }

    @Test func theDrillFindsWhatLeaks() {
        var markers = Markers()
        let bytes = Array(markers.next().utf8)
        for offset in 0..<3 {
            let base64 = Data([UInt8](repeating: 9, count: offset) + bytes + [1, 2]).base64EncodedString()
            #expect(markers.found(in: Array(base64.utf8)) == ["base64"], "\(offset)")
        }
        let hex = bytes.map { String(format: "%02x", $0) }
        #expect(markers.found(in: Array(hex.joined().utf8)) == ["hex"])
        #expect(markers.found(in: Array(hex.map { "%" + $0 }.joined().utf8)) == ["percent"])
        #expect(markers.found(in: Array(hex.map { "\\u00" + $0 }.joined().utf8)) == ["JSON escapes"])
        #expect(markers.found(in: Array("nothing".utf8)).isEmpty)
    }
}

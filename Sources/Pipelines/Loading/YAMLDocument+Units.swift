internal import EventModel

extension YAMLDocument {
    /// A number of bytes: `512`, `256KiB`, `10MiB`.
    func bytes() throws(PipelineError) -> Int {
        let value = try self.quantity(units: ["": 1, "KiB": 1 << 10, "MiB": 1 << 20], example: "256KiB")
        return Int(value)
    }

    /// A span of time: `90d`, `48h`, `5y`; a year is 365.25 days.
    func seconds() throws(PipelineError) -> Int64 {
        try self.quantity(units: ["s": 1, "h": 3_600, "d": 86_400, "y": 31_557_600], example: "90d")
    }

    private func quantity(units: [String: Int64], example: String) throws(PipelineError) -> Int64 {
        let text = try self.string()
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count > 0, let unit = units[String(text.dropFirst(digits.count))],
            case (let value, false) = count.multipliedReportingOverflow(by: unit)
        else {
            let known = units.keys.filter { !$0.isEmpty }.sorted().joined(separator: ", ")
            throw self.fault("\"\(text)\" has to be a whole number above 0 with a unit (\(known)), such as \(example)")
        }
        return value
    }

    /// JSON pointers of a list, with `{a,b}` written out: `/{x,y}/z` is `/x/z` and `/y/z`.
    func pointers() throws(PipelineError) -> [String] {
        var pointers: [String] = []
        for leaf in try self.leaves() {
            for pointer in try leaf.expanded(leaf.string()) {
                if let fault = PointerSet.fault(in: pointer) { throw leaf.fault("\"\(pointer)\": \(fault)") }
                pointers.append(pointer)
            }
        }
        return pointers
    }

    private func expanded(_ pattern: String) throws(PipelineError) -> [String] {
        guard let open = pattern.firstIndex(of: "{") else {
            guard !pattern.contains("}") else { throw self.fault("\"\(pattern)\": \"}\" without \"{\"") }
            return [pattern]
        }
        guard let close = pattern[open...].firstIndex(of: "}") else {
            throw self.fault("\"\(pattern)\": \"{\" without \"}\"")
        }
        let (head, tail) = (String(pattern[..<open]), String(pattern[close...].dropFirst()))
        var expanded: [String] = []
        for choice in pattern[open..<close].dropFirst().split(separator: ",", omittingEmptySubsequences: false) {
            expanded += try self.expanded(head + String(choice) + tail)
        }
        return expanded
    }
}

package import Foundation

/// Compares real answers with an OpenAPI 3.1 document: status, media type, headers and body. Of JSON Schema it knows what
/// our documents use, and on top a member of an answer that a schema does not list is an error.
package struct OpenAPICheck: Sendable {
    private let document: JSONText

    /// Throws for what is no JSON.
    package init(_ document: Data) throws {
        self.document = try JSONDecoder().decode(JSONText.self, from: document)
    }

    /// What is wrong with an answer; empty where it is as documented. `path` is the document's, `headers` are lower-case
    /// names.
    package func problems(
        _ method: String, _ path: String, status: Int, headers: Set<String>, type: String?, body: Data
    ) -> [String] {
        let place = "\(method) \(path) \(status)"
        guard let response = document["paths"][path][method.lowercased()]["responses"][String(status)].present else {
            return ["\(place) is not documented"]
        }
        var problems = limits(headers, response, place)
        guard !body.isEmpty, status != 304 else { return problems }
        let name = String((type ?? "").prefix { $0 != ";" })
        let media = response["content"][type ?? ""].present ?? response["content"][name].present
        guard let media else { return problems + ["\(place) has no content \(name)"] }
        guard name.hasSuffix("json"), let schema = media["schema"].present else { return problems }
        do {
            problems += self.problems(try JSONDecoder().decode(JSONText.self, from: body), schema, place)
        } catch {
            problems.append("\(place) is not JSON")
        }
        return problems
    }

    /// The document's path that an address without its query string is of; nil for none of its.
    package func path(of address: String) -> String? {
        let paths = document["paths"].members.keys.sorted()
        if paths.contains(address) { return address }
        let parts = address.split(separator: "/", omittingEmptySubsequences: false)
        return paths.first { path in
            let names = path.split(separator: "/", omittingEmptySubsequences: false)
            return names.count == parts.count && zip(names, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
    }

    /// What is wrong with a body that is sent, by the schema of a request.
    package func problems(asking method: String, _ path: String, type: String, body: String) throws -> [String] {
        let content = document["paths"][path][method.lowercased()]["requestBody"]["content"]
        guard let schema = content[type]["schema"].present else { return ["no body \(type) is documented"] }
        return problems(try JSONDecoder().decode(JSONText.self, from: Data(body.utf8)), schema, path, isStrict: false)
    }

    /// The headers that callers steer by are there as documented, and no other is.
    private func limits(_ headers: Set<String>, _ response: JSONText, _ place: String) -> [String] {
        let steering: Set = ["x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "etag", "location"]
        // Where calls are not limited, or a wait is not known, these are missing.
        let optional: Set = ["ratelimit", "ratelimit-policy", "retry-after"]
        let told = Set(response["headers"].members.map { $0.key.lowercased() })
        return headers.intersection(steering).subtracting(told).map { "\(place) does not tell of \($0)" }
            + told.intersection(steering).subtracting(optional).subtracting(headers).map { "\(place) has no \($0)" }
    }

    private func problems(_ value: JSONText, _ schema: JSONText, _ place: String, isStrict: Bool = true) -> [String] {
        if case .text(let name) = schema["$ref"] {
            let parts = name.split(separator: "/").dropFirst()
            return problems(value, parts.reduce(document) { $0[String($1)] }, place, isStrict: isStrict)
        }
        var found: [String] = []
        if let types = schema["type"].present?.texts, !types.contains(where: value.isOf) {
            return ["\(place) is \(value), not \(types)"]
        }
        if case .array(let allowed) = schema["enum"], !allowed.contains(value) { found.append("\(place) is \(value)") }
        for (name, isEnough) in [("oneOf", { $0 == 1 }), ("anyOf", { $0 > 0 })] as [(String, (Int) -> Bool)] {
            guard case .array(let choices) = schema[name] else { continue }
            let errors = choices.map { problems(value, $0, place, isStrict: isStrict) }
            let fitting = errors.count { $0.isEmpty }
            if !isEnough(fitting) { found.append("\(place) fits \(fitting) of \(name): \(errors)") }
        }
        switch value {
        case .array(let items):
            if case .number(let least) = schema["minItems"], Double(items.count) < least {
                found.append("\(place) short")
            }
            if case .number(let most) = schema["maxItems"], Double(items.count) > most { found.append("\(place) long") }
            guard let schema = schema["items"].present else { break }
            for (index, item) in items.enumerated() {
                found += problems(item, schema, "\(place)/\(index)", isStrict: isStrict)
            }
        case .object(let members):
            let properties = schema["properties"].present
            found += schema["required"].texts.filter { members[$0] == nil }.map { "\(place) lacks \($0)" }
            for (name, member) in members {
                if let known = properties?[name].present {
                    found += problems(member, known, "\(place)/\(name)", isStrict: isStrict)
                } else if isStrict, properties != nil {
                    found.append("\(place)/\(name) is not documented")
                }
            }
        default: break
        }
        return found
    }
}

/// A JSON value; `missing` is what nothing stands for.
private enum JSONText: Decodable, Equatable, Sendable {
    case missing, null, bool(Bool), number(Double), text(String), array([JSONText]), object([String: JSONText])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {  // what is none of these is the next
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONText].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONText].self))
        }
    }

    var present: JSONText? { self == .missing ? nil : self }
    var members: [String: JSONText] { if case .object(let members) = self { members } else { [:] } }

    subscript(name: String) -> JSONText { members[name] ?? .missing }

    /// One text, or those of a list.
    var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .array(let items): items.flatMap(\.texts)
        default: []
        }
    }

    func isOf(_ type: String) -> Bool {
        switch self {
        case .missing: false
        case .null: type == "null"
        case .bool: type == "boolean"
        case .number(let number): type == "number" || (type == "integer" && number == number.rounded())
        case .text: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}

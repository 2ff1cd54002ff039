/// The web pixel: one for each app and shop (shopify.md, section 1.7).
extension ShopState {
    mutating func createPixel(_ arguments: WireValue, _ context: AdminContext) -> MutationPayload {
        guard context.isPixelReleased else {
            return .refused(["base"], "No extension found.", "NO_EXTENSION")
        }
        guard pixel == nil else { return .refused(["base"], "Web pixel is taken.", "TAKEN") }
        switch Self.settings(arguments["webPixel"]["settings"], context) {
        case .failure(let refusal): return refusal
        case .success(let settings):
            pixel = Pixel(id: GlobalID.text("WebPixel", nextID()), settings: settings)
            return payload()
        }
    }

    mutating func updatePixel(_ arguments: WireValue, _ context: AdminContext) -> MutationPayload {
        guard pixel != nil, pixel?.id == arguments["id"].text else {
            return .refused(["id"], "Web pixel could not be found.", "NOT_FOUND")
        }
        switch Self.settings(arguments["webPixel"]["settings"], context) {
        case .failure(let refusal): return refusal
        case .success(let settings):
            pixel?.settings = settings
            return payload()
        }
    }

    mutating func deletePixel(_ arguments: WireValue) -> MutationPayload {
        guard let id = pixel?.id, id == arguments["id"].text else {
            return .refused(["id"], "Web pixel could not be found.", "NOT_FOUND")
        }
        pixel = nil
        return MutationPayload(things: ["deletedWebPixelId": .text(id)])
    }

    /// GraphQL's `WebPixel`; it has no more than these fields.
    var pixelTree: GraphTree {
        pixel.map {
            .value(["__typename": "WebPixel", "id": .string($0.id), "settings": .string($0.settings)])
        } ?? .null
    }

    private func payload() -> MutationPayload { MutationPayload(things: ["webPixel": pixelTree]) }

    private enum Reading {
        case success(String)
        case failure(MutationPayload)
    }

    /// Settings come as an object or as its text; each must be defined, and none blank.
    private static func settings(_ value: WireValue, _ context: AdminContext) -> Reading {
        var object = value
        if let text = value.text {
            // Text that is no JSON is what this answers.
            guard let read = try? WireValue(jsonText: text) else {
                return .failure(
                    .refused(["settings"], "The provided settings is not a valid JSON.", "INVALID_CONFIGURATION_JSON"))
            }
            object = read
        }
        guard case .object(let members) = object else {
            return .failure(.refused(["settings"], "Settings can't be blank", "BLANK"))
        }
        let isValid =
            context.pixelSettings.map { Set(members.map(\.name)) == $0 } ?? true
            && members.allSatisfy { !($0.value.text ?? "").isEmpty }
        guard isValid else {
            return .failure(
                .refused(
                    ["settings"], "The provided settings does not match the expected settings definition on the app.",
                    "INVALID_SETTINGS"))
        }
        return .success(object.jsonText)
    }
}

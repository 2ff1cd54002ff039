internal import ArgumentParser
internal import DataSubjects
internal import Endpoints
internal import EventModel
internal import Foundation
internal import Postgres
internal import ReadModels
internal import Registry

/// Whom a request is about. What is given here may end in the shell's history; `-` reads a line of standard input.
struct PersonOptions: ParsableArguments {
    @Option(help: "The shop.") var shop: String
    @Option(help: "The customer's id or gid at Shopify.") var customerID: String?
    @Option(help: "The e-mail address; - reads it from standard input.") var email: String?
    @Option(help: "The phone number; - reads it from standard input.") var phone: String?
    @Option(help: "A label for the request; never personal.") var reference: String?

    /// Without orders; nil values were not given.
    func ask(_ kind: SubjectRequestKind) throws -> SubjectAsk {
        var ask = SubjectAsk(kind)
        ask.customerID = customerID
        ask.email = try Self.value(email, "--email")
        ask.phone = try Self.value(phone, "--phone")
        ask.reference = reference
        try Self.check(ask.email, ask.phone)
        return ask
    }

    func validate() throws {
        guard customerID.map({ PersonText.id($0, "Customer") != nil }) ?? true else {
            throw ValidationError("--customer-id is no id or gid of Shopify's.")
        }
        try Self.check(email == "-" ? nil : email, phone == "-" ? nil : phone)
    }

    /// The rules of the API: what cannot be anybody's is refused, not hashed.
    private static func check(_ email: String?, _ phone: String?) throws {
        guard email.map(PersonText.isEmail) ?? true else { throw ValidationError("--email is no e-mail address.") }
        guard phone.map(PersonText.isPhone) ?? true else { throw ValidationError("--phone is no phone number.") }
    }

    var namesSomebody: Bool { customerID != nil || email != nil || phone != nil }

    private static func value(_ text: String?, _ name: String) throws -> String? {
        guard text == "-" else { return text }
        guard let line = readLine(), !line.isEmpty else {
            throw CommandFailure("Standard input has no line for \(name).")
        }
        return line
    }
}

/// How long a command waits for a request.
struct WaitOptions: ParsableArguments {
    @Option(help: "Wait at most so many seconds; the request goes on all the same.") var timeout = 300

    /// Looked at this often: a request takes a second or a few.
    private static let interval: Duration = .milliseconds(250)

    /// Waits until the request is over; fails where it fails, is refused, or takes longer.
    func wait(for id: Key128, _ side: PrivacySide) async throws -> SubjectRequest {
        let deadline = ContinuousClock.now + .seconds(timeout)
        while true {
            guard let found = try await side.requests.find(id) else { throw CommandFailure("The request is gone.") }
            switch found.state {
            case .done: return found
            case .refused: throw CommandFailure("Refused: \(found.message ?? "no reason was given")")
            case .failed: throw CommandFailure("Failed after \(found.step ?? "nothing"): \(found.message ?? "")")
            case .received, .working:
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure(
                        "Request \(id.uuid) is still \(found.state.rawValue), after \(found.step ?? "no step"). It goes "
                            + "on where a server with the role projector runs; `footfall privacy list` shows it.")
                }
                try await Task.sleep(for: Self.interval)
            }
        }
    }
}

extension PrivacyCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gathers everything that is held of a person, and writes it to a file.",
            discussion: "A running server gathers it. The reading is in the audit log.")
        @OptionGroup var person: PersonOptions
        @Option(help: "Orders, by ids separated by commas; all of the person by default.") var order: String?
        @Option(help: "The file; it must not be there, and is readable for you only. - is standard output.") var out:
            String
        @Option(help: "json or html.") var format = PrivacyFormat.json.rawValue
        @OptionGroup var waiting: WaitOptions
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard person.namesSomebody || order != nil else {
                throw ValidationError("Name the person by --customer-id, --email, --phone or --order.")
            }
            guard PrivacyFormat(rawValue: format) != nil else { throw ValidationError("--format is json or html.") }
        }

        func run() async throws {
            var ask = try person.ask(.access)
            ask.orderIDs = PrivacyCommand.ids(order)
            ask.orders = ask.orderIDs.isEmpty ? .all : .listed
            let (shop, isPage) = (person.shop, format == PrivacyFormat.html.rawValue)
            let isStream = out == "-"
            guard isStream || !FileManager.default.fileExists(atPath: out) else {
                throw CommandFailure("\(out) is there already.")
            }
            let (request, document) = try await stores.withSettings { settings in
                try await PrivacySide.with(settings) { side in
                    let id = try await side.pool.run { try PrivacyCommand.shop(shop, on: $0) }
                    let made = try await side.requests.ask(ask, shop: id, origin: .cli, by: "cli")
                    let request = try await waiting.wait(for: made.id, side)
                    let reading = PersonalReading(reader: "cli", route: "footfall privacy export")
                    guard let shop = try await side.shop(id),
                        case .document(let json) = try await side.exports.handOut(made.id, shop: shop, for: reading)
                    else { throw CommandFailure("Request \(made.id.uuid) is done and has no export.") }
                    return (request, json)
                }
            }
            let bytes = Data(isPage ? ExportPage.html(document) ?? document : document)
            if isStream {
                Terminal.write(bytes, to: .standardOutput)
                return Terminal.error("request \(request.id.uuid)")
            }
            let file = try Self.made(out)
            try file.write(contentsOf: bytes)
            try file.close()
            Terminal.print("\(out): request \(request.id.uuid)")
        }

        /// A new file that only its owner reads.
        private static func made(_ path: String) throws -> FileHandle {
            let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw CommandFailure("\(path) cannot be made: \(unsafe String(cString: strerror(errno))).")
            }
            return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }
    }

    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forgets a person. Totals stay; what was sealed for the person can be read by nobody any more.",
            discussion: "A running server does it; the signed receipt is shown by `footfall privacy receipt show`.")
        @OptionGroup var person: PersonOptions
        @Option(help: "all, or ids separated by commas: the others stay readable.") var orders: String?
        @Flag(help: "Wait until it is done.") var wait = false
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var waiting: WaitOptions
        @OptionGroup var stores: StoreOptions

        func validate() throws {
            guard person.namesSomebody || orders.map({ $0 != "all" }) == true else {
                throw ValidationError("Name the person by --customer-id, --email, --phone, or by --orders with ids.")
            }
        }

        func run() async throws {
            var ask = try person.ask(.erasure)
            ask.orders = orders == nil || orders == "all" ? .all : .listed
            ask.orderIDs = ask.orders == .all ? [] : PrivacyCommand.ids(orders)
            let (shop, isWaiting) = (person.shop, wait)
            let request = try await stores.withSettings { settings in
                try await PrivacySide.with(settings) { side in
                    let id = try await side.pool.run { try PrivacyCommand.shop(shop, on: $0) }
                    let made = try await side.requests.ask(ask, shop: id, origin: .cli, by: "cli")
                    return isWaiting ? try await waiting.wait(for: made.id, side) : made
                }
            }
            let line = RequestLine(request)
            if json { return try Terminal.print(json: line) }
            let remains = line.remainsInWords.map { "; \($0)" } ?? ""
            Terminal.print("Request \(line.id) is \(line.state)\(remains).")
        }
    }

    static func ids(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}

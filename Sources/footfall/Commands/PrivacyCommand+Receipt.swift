internal import ArgumentParser
internal import Cryptography
internal import DataSubjects
internal import EventModel
internal import Foundation
internal import Postgres
internal import Registry

extension PrivacyCommand {
    struct ReceiptCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "receipt", abstract: "Signed receipts of erasures: show, verify, the public key.",
            subcommands: [Show.self, Verify.self, Key.self])

        struct Show: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Prints a receipt, byte for byte as it was signed.")
            @Argument(help: "The request's id.") var request: String
            @OptionGroup var stores: StoreOptions

            func run() async throws {
                let id = try PrivacyCommand.id(request)
                let receipt = try await stores.withSettings { settings in
                    try await PrivacySide.with(settings) { side in
                        guard let found = try await side.requests.find(id) else {
                            throw CommandFailure("There is no request \(id.uuid).")
                        }
                        guard let receipt = try await side.requests.receipt(id) else {
                            throw CommandFailure("There is no receipt; the request is \(found.state.rawValue).")
                        }
                        return receipt
                    }
                }
                Terminal.print(String(decoding: receipt, as: UTF8.self))
            }
        }

        struct Verify: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Tells whether a receipt is genuine; needs no database. Exit 1 where it is not.")
            @Argument(help: "The receipt's file; - is standard input.") var file: String
            @Option(help: "The public key that the operator has published, 64 hex digits.") var publicKey: String?
            @Flag(help: "Print JSON.") var json = false

            func validate() throws {
                guard publicKey == nil || publicKey.flatMap({ Hex.decode($0) })?.count == Ed25519.keyByteCount else {
                    throw ValidationError("--public-key has 64 hex digits.")
                }
            }

            func run() throws {
                let expected = publicKey.flatMap { Hex.decode($0) }
                let verdict = ReceiptVerifier.verify(try read(), expectedKey: expected)
                guard case .genuine(let body, let key) = verdict else {
                    throw CommandFailure(Self.words(verdict))
                }
                if json { return try Terminal.print(json: ["genuine": "true", "public_key": Hex.encode(key)]) }
                Terminal.print("Genuine, signed by \(Hex.encode(key)).")
                if expected == nil {
                    Terminal.error("Compare this key with the one that the operator has published (--public-key).")
                }
                Terminal.print(Self.pretty(body))
            }

            /// A receipt has some kilobytes; one of a shop with all its keys' fingerprints some hundred.
            private static let bytesMax = 16 << 20

            private func read() throws -> [UInt8] {
                let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file)
                guard let data = try handle?.read(upToCount: Self.bytesMax) else {
                    throw CommandFailure("\(file) cannot be read, or is empty.")
                }
                return [UInt8](data)
            }

            private static func words(_ verdict: ReceiptVerifier.Verdict) -> String {
                switch verdict {
                case .genuine: "Genuine."
                case .notAReceipt: "This is no receipt of Footfall's."
                case .badSignature: "NOT GENUINE: it was changed since it was signed, or never was."
                case .otherKey(let key): "Signed, but by another key: \(Hex.encode(key))."
                }
            }

            private static func pretty(_ body: [UInt8]) -> String {
                // What is signed and no JSON is printed as it is.
                guard let value = try? JSONSerialization.jsonObject(with: Data(body)),
                    let data = try? JSONSerialization.data(
                        withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
                else { return String(decoding: body, as: UTF8.self) }
                return String(decoding: data, as: UTF8.self)
            }
        }

        struct Key: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Prints the public key of this installation's receipts, to be published.")
            @OptionGroup var stores: StoreOptions

            func run() async throws {
                let key = try await stores.withSettings { settings in
                    try await PrivacySide.with(settings) { side in
                        let vault = side.vault
                        return try await side.pool.run { try SigningKey.load(vault: vault, on: $0).publicKey }
                    }
                }
                Terminal.print(Hex.encode(key))
            }
        }
    }

    static func id(_ text: String) throws -> Key128 {
        guard let id = Key128(uuid: text) else { throw CommandFailure("\(text) is no id of a request.") }
        return id
    }
}

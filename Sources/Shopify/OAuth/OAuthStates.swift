internal import Blocking
internal import Cryptography
package import Redis

/// The states of authorizations under way, in Redis: each belongs to one shop, works once, and ends after 10 minutes.
///
/// Redis holds a keyed hash of the state and the shop's name, so reading Redis gives nobody a state.
package actor OAuthStates {
    /// Shopify's grant page waits for a person.
    package static let lifetimeSeconds: Int64 = 600
    private static let stateBytes = 32

    private let executor = BlockingExecutor(label: "footfall.shopify.states")
    private let connection: RedisConnection
    private let key: [UInt8]
    private let prefix: String

    /// Contacts nobody yet. `prefix` begins the names of its keys.
    package init(_ configuration: RedisConfiguration, credentials: AppCredentials, prefix: String = "footfall:oauth:") {
        self.connection = RedisConnection(configuration)
        self.key = credentials.derivedKey("oauth state")
        self.prefix = prefix
    }

    /// Its own queue, where blocking is allowed.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// A fresh state for a shop.
    package func issue(for shop: ShopDomain) throws(OAuthError) -> Secret {
        let state = Secret(Base64.encode(SecureRandom.bytes(Self.stateBytes), .url))
        _ = try command([
            "SET", .text(name(of: state)), .text(shop.text), "EX", .integer(Self.lifetimeSeconds), "NX",
        ])
        return state
    }

    /// Uses a state up; throws `state` unless it was given for this shop within the last 10 minutes and never used.
    package func redeem(_ state: Secret, for shop: ShopDomain) throws(OAuthError) {
        guard let reply = try command(["GETDEL", .text(name(of: state))]).text, reply == shop.text else {
            throw OAuthError(.state, "the state is unknown, used, expired, or of another shop")
        }
    }

    private func name(of state: Secret) -> String {
        prefix + Hex.encode(HMACSHA256.authenticate(state.bytes, key: key))
    }

    private func command(_ arguments: [RedisArgument]) throws(OAuthError) -> RedisReply {
        do throws(RedisError) {
            return try connection.command(arguments)
        } catch {
            throw OAuthError(.unavailable, "the state store failed: \(error.code)")
        }
    }
}

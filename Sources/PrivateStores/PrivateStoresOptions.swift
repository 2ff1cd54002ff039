/// What may be set about private stores.
package struct PrivateStoresOptions: Sendable {
    /// Redis refuses writes beyond this much memory; what is accepted is then held by Postgres.
    package static let redisMemoryDefault = 1 << 30

    /// When false, a crash of the machine may lose data: for tests.
    package var isDurable: Bool
    /// `maxmemory` of Redis in bytes.
    package var redisMemoryBytesMax: Int
    /// Number of Redis databases.
    package var redisDatabases: Int
    /// Postgres's shared buffers in megabytes.
    package var sharedBuffersMegabytes: Int
    /// A store that lives and gives no answer for so long hangs; its recovery must have ended by then.
    package var silenceMax = PrivateStores.startMax
    /// Further Postgres settings, over ours.
    package var postgresSettings: [String: String]

    /// Durable, with the memory of a small machine.
    package init(
        isDurable: Bool = true, redisMemoryBytesMax: Int = PrivateStoresOptions.redisMemoryDefault,
        redisDatabases: Int = 16, sharedBuffersMegabytes: Int = 256, postgresSettings: [String: String] = [:]
    ) {
        self.isDurable = isDurable
        self.redisMemoryBytesMax = redisMemoryBytesMax
        self.redisDatabases = redisDatabases
        self.sharedBuffersMegabytes = sharedBuffersMegabytes
        self.postgresSettings = postgresSettings
    }
}

package import EventModel
package import Postgres
package import Privacy
package import Recorder

/// What the protocol works with; made once by the composition root.
package struct ErasureParts: Sendable {
    let pool: PostgresPool
    let vault: Vault
    let dictionaries: PayloadDictionaries
    let recorder: EventRecorder
    let stores: ErasureStores
    let nowMillis: @Sendable () -> Int64
    /// Handles in one tombstone, of some 55 bytes each; who has more gets several. Far below what an event may have (10 MiB),
    /// and a read model forgets so many in one statement. Less only in tests.
    package var tombstoneHandlesMax = 10_000
    /// Told after each step, before and after it is noted: for tests, which throw here to end a run as a crash would.
    package var observe: @Sendable (ErasureStep, _ isNoted: Bool) throws -> Void = { _, _ in }

    /// Contacts nobody yet. The pool's role needs to write the registry's keys and the schemas privacy, reactor and
    /// shopify, to read the log, and to own the read models' schemas.
    package init(
        pool: PostgresPool, vault: Vault, dictionaries: PayloadDictionaries, recorder: EventRecorder,
        stores: ErasureStores, nowMillis: @escaping @Sendable () -> Int64
    ) {
        self.pool = pool
        self.vault = vault
        self.dictionaries = dictionaries
        self.recorder = recorder
        self.stores = stores
        self.nowMillis = nowMillis
    }
}

/// Where else personal data could be, and what the receipt says of this installation.
package struct ErasureStores: Sendable {
    /// Schemas of the read models; `NAME_previous` and `NAME_next` are copies of them.
    package var projections: [String]
    /// The buffer in front of the log.
    package var buffer: any EventBuffer
    /// What was forgotten, outlasting the database.
    package var journal: ErasureJournal
    /// The program's version, for receipts.
    package var version: String

    /// Describes an installation.
    package init(
        projections: [String], buffer: any EventBuffer, journal: ErasureJournal, version: String
    ) {
        self.projections = projections
        self.buffer = buffer
        self.journal = journal
        self.version = version
    }
}

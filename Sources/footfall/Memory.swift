internal import CMalloc

/// How the C library's allocator holds memory.
enum Memory {
    /// Blocks from this size on are given back when they are freed. By itself the limit grows to 32 MB with the first
    /// large block that is freed, and pages of the log, documents and batches then stay for ever.
    private static let mappedBytesMin: Int32 = 1 << 20
    /// Arenas of threads that allocate at the same time; by itself eight a core, each with holes of its own.
    private static let arenasMax: Int32 = 4
    /// Free memory at the end of an arena that is kept; by itself 128 KB, which a query's blocks of rows cross again and
    /// again: each time pages are given back and new ones zeroed.
    private static let keptAtEndBytes: Int32 = 512 << 10

    /// The C library takes no larger limit.
    private static let keptBytesMax: Int32 = 32 << 20

    /// Before the first thread is started.
    static func configure() {
        _ = mallopt(M_MMAP_THRESHOLD, mappedBytesMin)
        _ = mallopt(M_TRIM_THRESHOLD, keptAtEndBytes)
        _ = mallopt(M_ARENA_MAX, arenasMax)
    }

    /// For a command that ends soon: what it frees it needs again, and asking the kernel each time takes a twentieth of
    /// a rebuild.
    static func keepFreed() {
        _ = mallopt(M_MMAP_THRESHOLD, keptBytesMax)
        _ = mallopt(M_TRIM_THRESHOLD, Int32.max)
    }
}

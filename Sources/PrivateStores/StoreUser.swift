internal import Glibc

/// As whom the stores run, and the words to put before a command so that it does.
///
/// As an ordinary user: as ourselves. As root: as `postgres`, or `nobody`, through `setpriv` of util-linux. Where that
/// user cannot walk down to the data folder (a checkout under a 0700 home), the process keeps one capability, to walk
/// through directories; a system that has only the broader `dac_override` to give (containers) gives that.
struct StoreUser: Sendable {
    /// From narrow to broad; the first that lets the user reach the folder is taken.
    private static let capabilities = ["", "+dac_read_search", "+dac_override"]
    private static let names = ["postgres", "nobody"]

    let userID: uid_t
    let groupID: gid_t
    let launcher: [String]

    /// Decides once the data folder is there.
    static func current(reaching layout: StoreLayout) throws -> StoreUser {
        try layout.makeFolder()
        let ourselves = StoreUser(userID: geteuid(), groupID: getegid(), launcher: [])
        let user = ourselves.userID == 0 ? try unprivileged(reaching: layout.folder) : ourselves
        for path in [layout.postgresFolder, layout.redisFolder, layout.socketFolder] {
            try StoreLayout.makePrivate(path, owner: user)
        }
        return user
    }

    private static func unprivileged(reaching folder: String) throws -> StoreUser {
        guard let entry = unsafe names.lazy.compactMap({ unsafe getpwnam($0) }).first else {
            throw PrivateStoresError(.system, "Postgres does not run as root and there is no user postgres or nobody")
        }
        let (user, group) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
        let setpriv = try Program.find("setpriv", package: "util-linux")
        for capability in capabilities {
            var launcher = [setpriv, "--reuid=\(user)", "--regid=\(group)", "--clear-groups"]
            if !capability.isEmpty { launcher += ["--inh-caps=\(capability)", "--ambient-caps=\(capability)"] }
            let test = try Program.find("test", package: "coreutils")
            // Looks into the folder: `test -x` asks access(2), which leaves capabilities out.
            guard try ChildProcess.run(launcher + [test, "-d", folder + "/."]).isSuccess else { continue }
            return StoreUser(userID: user, groupID: group, launcher: launcher)
        }
        throw PrivateStoresError(
            .folder, "user \(user), as whom Postgres would run, cannot reach \(folder); choose another data folder")
    }
}

internal import CLibPQ

extension PostgresConfiguration {
    /// What Postgres's own programs (`pg_dump`, `pg_restore`) are told to reach this database. The password is apart, for
    /// their environment: everybody on a machine may read the words of a command.
    package struct ProgramAddress: Sendable {
        /// A keyword string without a password.
        package let connection: String
        /// For `PGPASSWORD`; nil where there is none.
        package let password: String?
    }

    /// This database for a program; throws where the URL is none.
    package func programAddress() throws(PostgresError) -> ProgramAddress {
        guard let options = unsafe PQconninfoParse(url, nil) else {
            throw PostgresError(.usage, "the database's URL cannot be read")
        }
        defer { unsafe PQconninfoFree(options) }
        var words = ["application_name='\(applicationName)'"]
        var password: String?
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            defer { unsafe next += 1 }
            guard let text = unsafe next.pointee.val else { continue }
            let (name, value) = unsafe (String(cString: keyword), String(cString: text))
            if name == "password" {
                password = value
            } else if name != "application_name" {
                words.append("\(name)='\(value.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'")
            }
        }
        return ProgramAddress(connection: words.joined(separator: " "), password: password)
    }
}

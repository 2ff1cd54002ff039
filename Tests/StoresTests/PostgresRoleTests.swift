import Postgres
import TestSupport
import Testing

@Suite struct PostgresRoleTests {
    @Test func everySessionTakesItsRole() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let owner = PostgresConnection(database)
            let name = "role \"\(UInt32.random(in: 0 ... .max))\""
            let quoted = "\"" + name.replacing("\"", with: "\"\"") + "\""
            try owner.execute("create role \(quoted)")
            var configuration = database
            configuration.role = name
            // Options in a URL replace ours; the role is taken all the same.
            configuration.url += (configuration.url.contains("?") ? "&" : "?") + "options=-c%20statement_timeout%3D1000"
            let connection = PostgresConnection(configuration)
            func user() throws -> String { try connection.query("select current_user::text")[0].text(0) }
            #expect(try user() == name)
            connection.close()
            #expect(try user() == name)
            connection.close()
            try owner.execute("drop role \(quoted)")
        }
    }

    @Test func aRoleThatCannotBeTakenMakesNoSession() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { database in
            var configuration = database
            configuration.role = "nobody_has_this_role"
            let connection = PostgresConnection(configuration)
            #expect(throws: PostgresError.self) { try connection.query("select 1") }
            #expect(!connection.isConnected)
        }
    }

    @Test func programsAreToldThePasswordApart() throws {
        let configuration = PostgresConfiguration(
            url: "postgresql://ann:se%27cret@db.example:6543/foot?sslmode=require&application_name=x",
            applicationName: "footfall test")
        let address = try configuration.programAddress()
        #expect(address.password == "se'cret")
        #expect(!address.connection.contains("cret"))
        for word in ["user='ann'", "host='db.example'", "port='6543'", "dbname='foot'", "sslmode='require'"] {
            #expect(address.connection.contains(word))
        }
        let plain = PostgresConfiguration(url: "no url at all", applicationName: "x")
        #expect(throws: PostgresError.self) { try plain.programAddress() }
    }

    @Test func copyMovesBytesAsTheyAre() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { database in
            let connection = PostgresConnection(database)
            try connection.execute("create table one (a int, b text); create table two (like one)")
            try connection.execute("insert into one select n, repeat('x', n) from generate_series(1, 2000) n")
            var pieces: [[UInt8]] = []
            try connection.copyOutBytes("COPY one TO STDOUT") { pieces.append($0) }
            var next = pieces.makeIterator()
            #expect(try connection.copyInBytes("COPY two FROM STDIN") { next.next() } == 2000)
            #expect(try connection.query("select count(*) from two except select count(*) from one").isEmpty)
            struct Stop: Error {}
            #expect(throws: Stop.self) { try connection.copyInBytes("COPY two FROM STDIN") { throw Stop() } }
            #expect(throws: Stop.self) { try connection.copyOutBytes("COPY one TO STDOUT") { _ in throw Stop() } }
            #expect(throws: PostgresError.self) { try connection.copyInBytes("select 1") { nil } }
            #expect(try connection.query("select count(*) from two")[0].int64(0) == 2000)
        }
    }
}

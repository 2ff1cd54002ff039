import Foundation
import Testing

/// What commands do with words that mean nothing, twice the same, or something else than they seem to.
@Suite struct CommandTests {
    @Test(arguments: [
        ["serve", "--roles", ""], ["serve", "--roles", "bogus"], ["help", "bogus"], ["help", "log", "x"],
    ])
    func wrongUsageEndsWithTwo(_ words: [String]) throws {
        #expect(try FootfallProcess.run(words, environment: [:]).status == 2)
    }

    @Test(arguments: [["help"], ["help", "log", "stats"], ["help", "key"]])
    func helpThatIsThereIsShown(_ words: [String]) throws {
        let (status, output) = try FootfallProcess.run(words, environment: [:])
        #expect(status == 0 && output.contains("USAGE"))
    }

    @Test(.timeLimit(.minutes(5))) func nothingIsStoredTwiceOrChangedByTheWay() async throws {
        try await Deployment.run { deployment in
            let shop = try deployment.addShop("fixed.myshopify.com")
            let words = ["shop", "add", shop.shop, "--timezone"]
            #expect(throws: Deployment.CommandFailed.self) {
                try deployment.command(words + ["America/New_York", "--currency", "EUR"])
            }
            #expect(throws: Deployment.CommandFailed.self) {
                try deployment.command(words + ["Europe/Berlin", "--currency", "USD"])
            }
            try deployment.command(words + ["Europe/Berlin", "--currency", "EUR", "--host", "shop.example"])
            try deployment.command(words + ["Europe/Berlin", "--currency", "EUR"])
            let shown = try deployment.command("shop", "show", shop.shop, "--json")
            #expect(shown.contains("Europe/Berlin") && shown.contains("EUR") && shown.contains("shop.example"))
            try deployment.command("shop", "remove", shop.shop)
            try deployment.command(words + ["America/New_York", "--currency", "EUR"])

            let key = try deployment.command(
                "key", "create", "--shop", shop.shop, "--scopes", "data:read,leads:read,data:read", "--json")
            #expect(key.contains(#""scopes":["data:read","leads:read"]"#), "\(key)")

            #expect(throws: Deployment.CommandFailed.self) {
                try deployment.command(
                    "simulate", "--shop", shop.shop, "--days", "1", "--rate", "5", "--url", "http://127.0.0.1:1")
            }
        }
    }
}

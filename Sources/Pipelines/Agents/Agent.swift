/// What a device is, as far as a user agent tells.
package enum DeviceClass: String, Sendable, CaseIterable {
    case desktop, mobile, tablet, bot, other
}

/// What a user agent says.
package struct Agent: Sendable, Equatable {
    /// The browser's family by uap-core, `Other` when unknown.
    package let browser: String
    /// The operating system's family by uap-core, `Other` when unknown.
    package let system: String
    /// The class of device.
    package let device: DeviceClass

    /// Crawlers, monitors and scripts.
    package var isBot: Bool { self.device == .bot }

    /// Nothing known.
    package static let unknown = Agent(browser: "Other", system: "Other", device: .other)
}

extension DeviceClass {
    private static let desktopSystems: Set<String> = [
        "Windows", "Mac OS X", "Mac OS", "Linux", "Ubuntu", "Debian", "Fedora", "Red Hat", "SUSE", "Gentoo",
        "Arch Linux",
        "CentOS", "Mageia", "PCLinuxOS", "Slackware", "VectorLinux", "Puppy", "Kubuntu", "Mandriva", "Linux Mint",
        "Chrome OS", "FreeBSD", "OpenBSD", "NetBSD", "Solaris", "BeOS", "Haiku",
    ]
    private static let phoneSystems: Set<String> = [
        "Windows Phone", "Windows Mobile", "BlackBerry OS", "Symbian OS", "Symbian^3", "Firefox OS", "KaiOS", "Bada",
        "Tizen", "HarmonyOS", "Maemo", "MeeGo", "webOS", "Brew MP",
    ]
    /// Libraries that programs of all kinds fetch pages with, a shop's own server among them.
    private static let libraryWords = [
        "curl/", "wget/", "python-", "python/", "aiohttp", "httpx", "go-http-client", "java/", "okhttp", "libwww",
        "node-fetch", "axios/", "undici", "guzzle", "postmanruntime", "apache-httpclient",
    ]
    /// What programs call themselves that look at pages of others; uap-core lists named crawlers only.
    private static let crawlerWords = [
        "bot", "crawl", "spider", "slurp", "headless", "lighthouse", "pingdom", "monitor", "preview", "scrapy",
        "phantomjs", "facebookexternalhit", "feedfetcher", "validator", "scanner", "archiver",
        "google-inspectiontool", "mediapartners", "ahrefs", "semrush", "googleother", "gtmetrix", "meta-external",
        "chatgpt-user", "perplexity-user", "uptime", "statuscake", "site24x7", "catchpoint", "ptst/", "prerender",
        "puppeteer", "playwright", "zgrab", "masscan", "nutch", "heritrix", "whatsapp/", "embedly",
    ]
    /// A maker of phones with "bot" in its name.
    private static let phoneMaker = "cubot"

    /// The class of an agent. `text` is the user agent in lower case.
    static func of(_ text: String, system: String, isSpider: Bool) -> DeviceClass {
        if text.isEmpty { return .other }
        if isSpider || self.isCrawler(text) || self.isLibrary(text) { return .bot }
        if system == "iOS" { return text.contains("ipad") ? .tablet : .mobile }
        if system == "Android" || text.contains("android") {
            // Android's rule: phones say "Mobile", tablets do not.
            if text.contains("tv") && !text.contains("mobile") { return .other }
            return text.contains("mobile") ? .mobile : .tablet
        }
        if text.contains("ipad") || text.contains("tablet") || text.contains("kindle") { return .tablet }
        if self.phoneSystems.contains(system) || text.contains("iphone") || text.contains("mobile") { return .mobile }
        return self.desktopSystems.contains(system) || system.hasPrefix("Windows") ? .desktop : .other
    }

    /// Whether an agent, in lower case, calls itself a crawler, a monitor or the like.
    static func isCrawler(_ text: String) -> Bool {
        let words = text.contains(phoneMaker) ? text.replacing(phoneMaker, with: "") : text
        return self.crawlerWords.contains(where: words.contains)
    }

    /// Whether an agent, in lower case, names a library.
    static func isLibrary(_ text: String) -> Bool { self.libraryWords.contains(where: text.contains) }
}

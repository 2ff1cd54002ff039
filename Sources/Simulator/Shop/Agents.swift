/// A browser that shoppers use, with the names that uap-core's expressions give it.
struct Agent: Sendable {
    /// How often it is met, as a weight.
    let weight: Int
    let device: String
    let browser: String
    let os: String
    /// Width and height of the screen.
    let screen: (width: Int, height: Int)
    let userAgent: String

    static let shoppers: [Agent] = desktops + phones + tablets

    private static let desktops: [Agent] = [
        Agent(
            weight: 20, device: "desktop", browser: "Chrome", os: "Windows", screen: (1920, 1080),
            userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) \(webKit) Chrome/142.0.0.0 Safari/537.36"),
        Agent(
            weight: 9, device: "desktop", browser: "Chrome", os: "Mac OS X", screen: (1728, 1117),
            userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) \(webKit) Chrome/142.0.0.0 Safari/537.36"),
        Agent(
            weight: 8, device: "desktop", browser: "Safari", os: "Mac OS X", screen: (1512, 982),
            userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) \(appleKit) Version/18.5 Safari/605.1.15"),
        Agent(
            weight: 4, device: "desktop", browser: "Firefox", os: "Windows", screen: (1920, 1080),
            userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"),
        Agent(
            weight: 1, device: "desktop", browser: "Firefox", os: "Ubuntu", screen: (2560, 1440),
            userAgent: "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"),
        Agent(
            weight: 1, device: "desktop", browser: "Chrome", os: "Linux", screen: (1920, 1200),
            userAgent: "Mozilla/5.0 (X11; Linux x86_64) \(webKit) Chrome/141.0.0.0 Safari/537.36"),
        Agent(
            weight: 6, device: "desktop", browser: "Edge", os: "Windows", screen: (1536, 864),
            userAgent:
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) \(webKit) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"),
        Agent(
            weight: 1, device: "desktop", browser: "Opera", os: "Windows", screen: (1366, 768),
            userAgent:
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) \(webKit) Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0"),
    ]

    private static let phones: [Agent] = [
        Agent(
            weight: 26, device: "mobile", browser: "Mobile Safari", os: "iOS", screen: (393, 852),
            userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) \(appleKit) Version/18.6 \(iPhoneTail)"),
        Agent(
            weight: 3, device: "mobile", browser: "Chrome Mobile iOS", os: "iOS", screen: (390, 844),
            userAgent:
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) \(appleKit) CriOS/141.0.7390.41 \(iPhoneTail)"),
        Agent(
            weight: 16, device: "mobile", browser: "Chrome Mobile", os: "Android", screen: (412, 915),
            userAgent: "Mozilla/5.0 (Linux; Android 10; K) \(webKit) Chrome/142.0.0.0 Mobile Safari/537.36"),
        Agent(
            weight: 5, device: "mobile", browser: "Samsung Internet", os: "Android", screen: (384, 824),
            userAgent:
                "Mozilla/5.0 (Linux; Android 15; SM-S928B) \(webKit) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile "
                + "Safari/537.36"),
        Agent(
            weight: 1, device: "mobile", browser: "Firefox Mobile", os: "Android", screen: (360, 800),
            userAgent: "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0"),
        Agent(
            weight: 3, device: "mobile", browser: "Chrome Mobile", os: "Android", screen: (412, 892),
            userAgent: "Mozilla/5.0 (Linux; Android 14; Pixel 8) \(webKit) Chrome/141.0.0.0 Mobile Safari/537.36"),
    ]

    private static let tablets: [Agent] = [
        Agent(
            weight: 4, device: "tablet", browser: "Mobile Safari", os: "iOS", screen: (820, 1180),
            userAgent: "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) \(appleKit) Version/17.6 \(iPhoneTail)"),
        Agent(
            weight: 2, device: "tablet", browser: "Chrome", os: "Android", screen: (800, 1280),
            userAgent: "Mozilla/5.0 (Linux; Android 14; SM-X710) \(webKit) Chrome/141.0.0.0 Safari/537.36"),
    ]

    /// Crawlers that run scripts, by the names they give themselves.
    static let bots: [Agent] = [
        Agent.bot("Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        Agent.bot(
            "Googlebot",
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) \(webKit) Chrome/141.0.7390.65 Mobile "
                + "Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        Agent.bot(
            "bingbot",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; "
                + "+http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36"),
        Agent.bot("AhrefsBot", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"),
        Agent.bot(
            "GPTBot",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"),
        Agent.bot("SemrushBot", "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)"),
        Agent.bot("YandexBot", "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"),
    ]

    private static func bot(_ name: String, _ userAgent: String) -> Agent {
        Agent(weight: 1, device: "bot", browser: name, os: "Other", screen: (1024, 768), userAgent: userAgent)
    }

    private static let webKit = "AppleWebKit/537.36 (KHTML, like Gecko)"
    private static let appleKit = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
    private static let iPhoneTail = "Mobile/15E148 Safari/604.1"
}

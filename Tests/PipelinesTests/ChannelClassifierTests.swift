import Pipelines
import TestSupport
import Testing

@Suite struct ChannelClassifierTests {
    private let classifier: ChannelClassifier

    init() throws {
        self.classifier = ChannelClassifier(lists: try ReferenceLists.load(folder: PackageFolder.path("pipelines")))
    }

    private func touch(_ query: String, _ referrer: String) -> String {
        let touch = self.classifier.touch(
            url: "https://shop.example/products/x" + query, referrer: referrer,
            ownHosts: ["shop.example", "shop.myshopify.com"])
        return "\(touch.channel.rawValue) \(touch.source)/\(touch.medium)"
    }

    @Test(arguments: [
        ("", "", "Direct (direct)/(none)"),
        ("", "https://www.google.com/", "Organic Search google/organic"),
        ("", "https://www.google.co.uk/", "Organic Search google/organic"),
        ("", "https://duckduckgo.com/", "Organic Search duckduckgo/organic"),
        ("", "https://l.facebook.com/l.php?u=x", "Organic Social facebook/social"),
        ("", "https://t.co/abc", "Organic Social twitter/social"),
        ("", "https://www.youtube.com/watch", "Organic Video youtube/referral"),
        ("", "https://chatgpt.com/", "AI Assistant chatgpt/referral"),
        ("?utm_source=chatgpt.com", "https://chatgpt.com/", "AI Assistant chatgpt.com/(not set)"),
        ("", "https://gemini.google.com/app", "AI Assistant gemini/referral"),
        ("", "https://mail.google.com/mail/", "Email gmail/email"),
        ("", "https://www.amazon.de/dp/1", "Organic Shopping amazon/referral"),
        ("", "https://blog.example.org/post", "Referral blog.example.org/referral"),
        ("", "android-app://com.google.android.gm/", "Email gmail/email"),
        ("?gclid=x", "https://www.google.com/", "Paid Search google/cpc"),
        ("?msclkid=x", "", "Paid Search bing/cpc"),
        ("?fbclid=x", "https://m.facebook.com/", "Organic Social facebook/social"),
        ("?ttclid=x", "", "Paid Social tiktok/paid_social"),
        ("?utm_source=google&utm_medium=cpc", "", "Paid Search google/cpc"),
        ("?utm_source=Facebook&utm_medium=CPC", "", "Paid Social facebook/cpc"),
        ("?utm_source=ig&utm_medium=social", "", "Organic Social ig/social"),
        ("?utm_source=klaviyo&utm_medium=email&utm_campaign=summer", "", "Email klaviyo/email"),
        ("?utm_source=newsletter&utm_medium=E-Mail", "", "Email newsletter/e-mail"),
        ("?utm_source=partner&utm_medium=affiliate", "", "Affiliates partner/affiliate"),
        ("?utm_source=sms&utm_medium=x", "", "SMS sms/x"),
        ("?utm_source=other&utm_medium=web_push", "", "Mobile Push Notifications other/web_push"),
        ("?utm_source=other&utm_medium=banner", "", "Display other/banner"),
        ("?utm_source=other&utm_medium=cpm", "", "Display other/cpm"),
        ("?utm_source=other&utm_medium=cpc", "", "Paid Other other/cpc"),
        ("?utm_source=youtube&utm_medium=cpc", "", "Paid Video youtube/cpc"),
        ("?utm_source=other&utm_medium=cpc&utm_campaign=spring_shop", "", "Paid Shopping other/cpc"),
        ("?utm_source=other&utm_medium=y&utm_campaign=workshop", "", "Unassigned other/y"),
        ("?utm_source=google&utm_campaign=Cross-network", "", "Cross-network google/(not set)"),
        ("?utm_source=other&utm_medium=audio", "", "Audio other/audio"),
        ("?utm_source=other&utm_medium=referral", "", "Referral other/referral"),
        ("?utm_campaign=only", "", "Unassigned (not set)/(not set)"),
        ("?utm_source=google&gclid=1", "", "Paid Search google/cpc"),
        ("?utm_source=a%20b&utm_medium=c+d", "", "Unassigned a b/c d"),
    ])
    func classifies(query: String, referrer: String, expected: String) {
        #expect(self.touch(query, referrer) == expected)
    }

    @Test(arguments: [
        "https://shop.example/cart", "https://www.shop.example/", "https://shop.myshopify.com/x",
        "https://checkout.shop.example/", "https://www.paypal.com/checkout", "https://pay.shopify.com/",
        "https://checkout.stripe.com/pay", "https://www.klarna.com/",
    ])
    func ownHostsAndGatewaysAreNoTouches(referrer: String) {
        let touch = self.classifier.touch(
            url: "https://shop.example/", referrer: referrer, ownHosts: ["shop.example", "shop.myshopify.com"])
        #expect(touch.origin == .internal)
        #expect(!touch.isTouch)
        #expect(touch.referrer == "")
    }

    @Test func aCampaignCountsAlsoBehindAnOwnReferrer() {
        let touch = self.classifier.touch(
            url: "https://shop.example/?utm_source=Mail&utm_medium=email&utm_campaign=A%26B&utm_term=t&utm_content=c",
            referrer: "https://shop.example/")
        #expect(touch.isTouch)
        #expect((touch.campaign, touch.term, touch.content) == ("A&B", "t", "c"))
    }

    @Test func theReferrerIsKeptBesideTheCampaign() {
        let touch = self.classifier.touch(url: "/?gclid=1", referrer: "https://www.google.com/search")
        #expect((touch.referrer, touch.clickID) == ("google.com", "gclid"))
    }

    @Test(arguments: [
        ("https://WWW.Example.COM:8080/a/b?x=1#y", "example.com", "/a/b"), ("https://example.com", "example.com", "/"),
        ("/path?x", "", "/path"), ("garbage", "", "/"), ("https://user:pw@h.example/x", "h.example", "/x"),
        ("", "", "/"),
    ])
    func readsAddresses(text: String, host: String, path: String) {
        let address = WebAddress(text)
        #expect((address.host, address.path) == (host, path))
    }
}

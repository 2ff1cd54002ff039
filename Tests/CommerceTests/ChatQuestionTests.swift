import ReadModels
import Testing

/// What a shopper's sentence says.
@Suite struct ChatQuestionTests {
    /// words, lowest price, highest price, options
    @Test(
        arguments: [
            ("Do you have a blue hoodie under $50?", ["blue", "hoodie"], nil, "50", []),
            ("memory foam mattress, size Queen", ["memory", "foam", "mattress"], nil, nil, ["queen"]),
            ("Show me pillows between 20 and 49.99 euros", ["pillows"], "20", "49.99", []),
            ("something cheaper than 1,200", [], nil, "1200", []),
            ("at least 30 dollars, warm", ["warm"], "30", nil, []),
            ("T-shirt in colour red up to 15€ please", ["t", "shirt"], nil, "15", ["red"]),
            ("what size?", [], nil, nil, []), ("Hi!", [], nil, nil, []), ("", [], nil, nil, []),
            ("iPhone 15 case", ["iphone", "15", "case"], nil, nil, []), ("under the bed", ["bed"], nil, nil, []),
            ("more than 10 and less than 20", [], "10", "20", []), ("size", [], nil, nil, []),
            ("between 1", ["1"], nil, nil, []),
        ] as [(String, [String], String?, String?, [String])])
    func products(_ message: String, _ words: [String], _ low: String?, _ high: String?, _ options: [String]) {
        let question = ShopperQuestion(message)
        #expect(!question.isAboutOrder)
        #expect(question.words == words)
        #expect(question.priceMin == low && question.priceMax == high)
        #expect(question.options == options)
    }

    @Test(
        arguments: [
            ("Where is my order?", nil), ("status of order #1001", "1001"), ("has my package shipped", nil),
            ("Order 1002", "1002"), ("track #D-7 order", "d-7"),
        ] as [(String, String?)])
    func orders(_ message: String, _ name: String?) {
        let question = ShopperQuestion(message)
        #expect(question.isAboutOrder)
        #expect(question.orderName == name)
    }

    @Test(arguments: ["a bed made to order", "gift package with tea"]) func notEveryOrderIsOne(_ message: String) {
        #expect(!ShopperQuestion(message).isAboutOrder)
    }
}

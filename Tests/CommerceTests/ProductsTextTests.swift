import ReadModels
import Testing

/// HTML of descriptions as text, through the projection's own reader.
@Suite struct ProductsTextTests {
    @Test(arguments: [
        ("An example", "An example"), ("<p>Soft<br>and <b>warm</b></p>", "Soft and warm"),
        ("a &amp; b &lt;c&gt; &#39;d&#x27; &nbsp;e", "a & b <c> 'd' e"), ("1 < 2 & 3", "1 < 2 & 3"),
        ("<style>p{}</style>x<SCRIPT>alert(1)</script>y", "x y"), ("<!-- no > -->yes", "yes"), ("<p unclosed", ""),
        ("&nosuch; &#0; &#xD800;", "&nosuch; &#0; &#xD800;"), ("<script>never closed", ""), ("", ""),
    ]) func html(_ html: String, _ text: String) {
        #expect(DescriptionText.plain(html) == text)
    }
}

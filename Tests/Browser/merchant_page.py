#!/usr/bin/env python3
"""The merchant page in a real browser against a running server.

usage: merchant_page.py BASE_URL KEY [--shop DOMAIN]

Needs Debian's chromium and chromium-driver, nothing from PyPI. The key needs analytics:read and leads:read, the shop
some visits with a channel within the last 28 days. Exits 0 when every check holds, 1 with the failed check's reason,
2 on wrong usage.
"""
import argparse
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from webdriver import Browser, BrowserError

METRICS = ["visitors", "sessions", "pageviews", "session_conversion_rate", "bounce_rate", "visit_duration", "leads"]
RATES = {"session_conversion_rate", "bounce_rate"}
SETTLED = """return !document.querySelector('#report [aria-busy]') && !document.querySelector('#report .skeleton')
    && document.querySelectorAll('#headline .tile').length === 7"""
TILES = """return Object.fromEntries([...document.querySelectorAll('#headline [data-metric]')].map((tile) => {
    const value = tile.querySelector('.tile-value');
    return [tile.dataset.metric, {text: value.textContent, cell: JSON.parse(value.dataset.cell)}];
}))"""
FORMAT_RULES = """return import(new URL('scripts/format.js', document.baseURI)).then((format) => {
    const rate = {kind: 'rate'}, lower = {kind: 'rate', lowerIsBetter: true}, number = {kind: 'count'};
    return [
        format.formatCell([1, 3], rate), format.formatCell([0, 0], rate), format.formatCell(1234567, number),
        format.formatCell(null, number), format.duration(3725), format.money(12345, 'EUR'), format.money(12345, 'JPY'),
        format.money(12345, 'KWD'), format.change(3, 0, number).text, format.change(0, 0, number).text,
        format.change(90, 100, number).text, format.change([3, 10], [1, 4], lower).text,
        format.change([3, 10], [1, 4], lower).tone, format.change(1, null, number),
    ];
})"""
FORMAT_EXPECTED = ["33.3%", "–", "1,234,567", "–", "1h 02m", "€123.45", "JP¥12,345", "KWD\u00a012.345",
                   "new", "0%", "−10.0%", "+5.0 pp", "bad", None]
HOSTILE = """return import(new URL('scripts/dom.js', document.baseURI)).then(({h}) => {
    const element = h('p', {title: '"><img src=x onerror=alert(1)>'}, '<img src=x onerror=alert(1)>');
    let refused = 0;
    for (const name of ['onclick', 'style', 'srcdoc']) try { h('p', {[name]: 'x'}); } catch { refused += 1; }
    return [element.children.length, element.textContent, refused];
})"""


class Page:
    """The page under test and the API that it must agree with."""

    def __init__(self, browser, base, key, shop):
        self.browser, self.base, self.key = browser, base.rstrip("/"), key
        self.shop = self.api(f"/api/analytics/shop{'?shop=' + shop if shop else ''}")
        today = datetime.now(ZoneInfo(self.shop["timezone"])).date()
        # The period ends yesterday, so that live traffic does not move the numbers between the page and the check.
        self.period = [str(today - timedelta(days=27)), str(today - timedelta(days=1))]

    def api(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            request = urllib.request.Request(self.base + path, data, headers)
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} answers {error.code}: {error.read(400).decode(errors='replace')}") from None
        except OSError as error:
            raise AssertionError(f"{self.base} cannot be reached: {error}") from None

    def open(self, **parameters):
        query = urllib.parse.urlencode({"shop": self.shop["shop"], "range": "..".join(self.period), **parameters})
        self.browser.open(f"{self.base}/dashboard/?{query}#key={self.key}")
        self.settle()

    def settle(self):
        self.browser.wait("the numbers", SETTLED)

    def query(self):
        return urllib.parse.parse_qs(urllib.parse.urlparse(self.browser.url()).query)

    def filters(self):
        return self.query().get("f", [])

    def headline(self, filters):
        """What the API answers, as {metric: cell}; metrics the server does not have are left out as the page does."""
        body = {"shop": self.shop["shop"], "date_range": self.period, "dimensions": [], "metrics": list(METRICS)}
        if filters:
            body["filters"] = filters
        answer = self.api("/api/analytics/query", body)
        return {column["name"]: cell for column, cell in zip(answer["columns"], answer["rows"][0])}

    def check_headline(self, filters=()):
        expected = self.headline(list(filters))
        end = time.monotonic() + 10
        while (shown := {name: tile["cell"] for name, tile in self.browser.run(TILES).items()}) != expected:
            assert time.monotonic() < end, f"headline shows {shown}, the API answers {expected}"
            time.sleep(0.1)
        for name, tile in self.browser.run(TILES).items():
            assert tile["text"] == text_of(name, tile["cell"]), f"{name} {tile['cell']} is shown as {tile['text']!r}"
        return expected


def text_of(name, cell):
    """The rounding that metrics.md asks for, written independently of the page."""
    if cell is None or (isinstance(cell, list) and not cell[1]):
        return "–"
    if name in RATES:
        share = Decimal(cell[0] / cell[1] * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return f"{share}%"
    if name != "visit_duration":
        return f"{cell:,}"
    value = cell[0] / cell[1] if isinstance(cell, list) else cell
    seconds = int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))
    if seconds >= 3600:
        return f"{seconds // 3600}h {seconds // 60 % 60:02}m"
    return f"{seconds // 60}m {seconds % 60:02}s" if seconds >= 60 else f"{seconds}s"


def shows_the_numbers_of_the_api(page):
    page.open()
    assert page.key not in page.browser.url(), "the key stays in the address"
    assert page.browser.run("return document.getElementById('shop-name').textContent") == page.shop["shop"]
    numbers = page.check_headline()
    assert numbers["sessions"], "the shop has no sessions in the period; nothing can be checked"
    errors = page.browser.run("""return [...document.querySelectorAll('.notice-error')]
        .map((notice) => notice.closest('[id]').id + ': ' + notice.textContent)""")
    assert not errors, f"parts of the page failed: {errors}"


def draws_the_chart(page):
    assert page.browser.run("return typeof Chart") == "function", "vendor/chart.js is not served"
    drawn = page.browser.run("""return Chart.getChart(document.querySelector('.chart canvas'))
        .data.datasets.map((dataset) => dataset.data)""")
    days = (datetime.fromisoformat(page.period[1]) - datetime.fromisoformat(page.period[0])).days + 1
    assert len(drawn[0]) == days, f"{len(drawn[0])} points for {days} days"
    assert len(drawn) == 2, "the period before is not drawn"


def shows_visitors_now(page):
    number = page.browser.wait("visitors now", "return document.querySelector('[data-live=visitors]')?.textContent")
    assert re.fullmatch(r"[\d,]+", number), f"visitors now: {number!r}"


def filters_by_a_row(page):
    row = "#sources button.row[data-value]"
    first = page.browser.wait("a source", "return document.querySelector(arguments[0])?.dataset.value", row)
    page.browser.click(row)
    assert page.filters() == [f"is,visit:channel,{first}"], f"filters in the address: {page.filters()}"
    page.settle()
    page.check_headline([["is", "visit:channel", [first]]])
    return first


def keeps_state_over_reload(page, channel):
    page.browser.click("#headline [data-metric=sessions]")
    page.browser.click("#devices [data-tab=browser]")
    before = page.browser.url()
    assert page.query()["metric"] == ["sessions"] and page.query()["devices"] == ["browser"], before
    page.browser.reload()
    page.settle()
    assert page.browser.url() == before, f"reload turned {before} into {page.browser.url()}"
    chosen = page.browser.run("return document.querySelector('#headline [aria-checked=true]').dataset.metric")
    chip = page.browser.run("return document.querySelector('.chip-value').textContent")
    assert (chosen, chip) == ("sessions", channel), f"after reload: {chosen}, {chip}"
    page.check_headline([["is", "visit:channel", [channel]]])


def goes_back(page):
    for _ in range(3):
        page.browser.back()
    page.browser.wait("the page without the filter", """return !location.search.includes('f=')
        && document.getElementById('filter-bar').hidden""")
    page.settle()
    page.check_headline()


def opens_details(page):
    page.browser.click("#sources .panel-more")
    page.browser.wait("the table of details", "return document.querySelector('#details[open] tbody tr')")
    assert page.query()["details"] == ["sources"]
    page.browser.click("#details .icon-button")
    page.browser.wait("the dialog to close", """return !document.getElementById('details').open
        && !location.search.includes('details')""")


def works_by_keyboard(page):
    page.browser.run("""document.querySelector('#headline [data-metric=visitors]').focus();
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}))""")
    assert page.query()["metric"] == ["sessions"], "the arrow key does not choose the next metric"
    assert page.browser.run("return document.activeElement.dataset.metric") == "sessions", "the focus is lost"


def fits_a_small_screen(page):
    page.browser.resize(360)
    page.browser.wait("the page to fit 360 px", "return document.documentElement.scrollWidth <= 360", seconds=3)
    page.browser.resize(1280)


def rounds_by_the_rules(page):
    shown = page.browser.run(FORMAT_RULES)
    assert shown == FORMAT_EXPECTED, f"formatted {shown}, expected {FORMAT_EXPECTED}"


def keeps_hostile_text_as_text(page):
    found = page.browser.run(HOSTILE)
    assert found == [0, "<img src=x onerror=alert(1)>", 3], f"markup from data, or a forbidden attribute: {found}"


def stays_quiet_and_at_home(page):
    console = [entry["message"] for entry in page.browser.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not console, f"console: {console}"
    origin = urllib.parse.urlparse(page.base).netloc
    events = [json.loads(entry["message"])["message"] for entry in page.browser.log("performance")]
    asked = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
    hosts = {urllib.parse.urlparse(url).netloc for url in asked if url.startswith(("http", "ws"))}
    assert hosts == {origin}, f"requests to hosts {sorted(hosts)}, only {origin} is allowed"
    assert not [url for url in asked if page.key in url.partition("#")[0]], "the key is sent in an address"


def refuses_a_wrong_key(page):
    page.browser.open(f"{page.base}/dashboard/favicon.svg")
    page.browser.open(f"{page.base}/dashboard/#key=wrong")
    page.browser.wait("the reason in the sign-in form", "return document.querySelector('.sign-in-form .notice-error')")
    assert page.browser.run("return sessionStorage.length") == 0, "a refused key is kept"


def check(name, body):
    began = time.monotonic()
    result = body()
    print(f"ok    {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", help="where the api role listens, such as http://127.0.0.1:8080")
    parser.add_argument("key")
    parser.add_argument("--shop", help="needed where the key opens more than one shop")
    arguments = parser.parse_args()
    name = "start"
    try:
        with Browser() as browser:
            page = Page(browser, arguments.base, arguments.key, arguments.shop)
            state = {}
            for step in (shows_the_numbers_of_the_api, draws_the_chart, shows_visitors_now, filters_by_a_row,
                         keeps_state_over_reload, goes_back, opens_details, works_by_keyboard, fits_a_small_screen,
                         rounds_by_the_rules, keeps_hostile_text_as_text, stays_quiet_and_at_home, refuses_a_wrong_key):
                name = step.__name__
                extra = [state["channel"]] if step is keeps_state_over_reload else []
                result = check(name.replace("_", " "), lambda: step(page, *extra))
                if step is filters_by_a_row:
                    state["channel"] = result
    except (AssertionError, BrowserError) as failure:
        print(f"FAIL  {name.replace('_', ' ')}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

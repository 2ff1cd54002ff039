#!/usr/bin/env python3
"""The merchant page inside Shopify's admin, in a real browser against a made-up server.

usage: embedded_page.py

App Bridge cannot be loaded here, so a script of one line takes its place, and the API answers what each check needs: a
shop that is not connected yet, a stale session token, a history that is being read. Needs Debian's chromium and
chromium-driver. Exits 0 when every check holds, 1 with the failed check's reason.
"""
import http.server
import json
import pathlib
import re
import sys
import threading
import urllib.parse

from webdriver import Browser, BrowserError

PAGE = pathlib.Path(__file__).resolve().parents[2] / "dashboards" / "merchant"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
RETRY = "X-Shopify-Retry-Invalid-Session-Request"
STATUS = {
    "shop": "a.myshopify.com", "connected": True, "scopes": [], "missing_scopes": [],
    "webhooks": {"wanted": 3, "registered": 2, "failing": ["carts/update"]}, "pixel": None,
    "imports": [{"resource": "orders", "status": "reading", "count": 5, "total": 20, "detail": None}],
}
ANSWERS = {
    "/app/api/status": STATUS,
    "/api/analytics/shop": {"shop": "a.myshopify.com", "timezone": "UTC", "currency": "EUR"},
    "/api/analytics/metadata": {"metrics": []},
}


class Server(http.server.ThreadingHTTPServer):
    """Serves the page under /app and remembers what was asked with which credential."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.is_connected = False
        self.stale = 1

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.note()
        if self.path == "/api/auth/shopify/token-exchange":
            self.server.is_connected = True
            return self.answer(200, {"shop": STATUS["shop"]})
        if self.path == "/api/auth/shopify/activate-extension":
            return self.answer(409, {"title": "Conflict", "detail": "The extension is not released."})
        return self.answer(503, {"title": "Service Unavailable"})

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/app":
            return self.send(200, page(), "text/html")
        if path == "/bridge.js":
            return self.send(200, b"let n = 0; window.shopify = {idToken: async () => `a.b.${++n}`};", TYPES[".js"])
        if path.startswith("/app/") and (file := PAGE / path.removeprefix("/app/")).is_file():
            return self.send(200, file.read_bytes(), TYPES.get(file.suffix, "text/plain"))
        self.note()
        if path == "/app/api/status" and not self.server.is_connected:
            return self.answer(404, {"title": "Not Found"})
        if path == "/api/analytics/shop" and self.server.stale:
            self.server.stale -= 1
            return self.answer(401, {"title": "Unauthorized"}, {RETRY: "1"})
        return self.answer(200, ANSWERS[path]) if path in ANSWERS else self.answer(503, {"title": "Away"})

    def note(self):
        self.server.asked.append((self.command, self.path.split("?")[0], self.headers.get("Authorization")))

    def answer(self, status, body, headers=None):
        self.send(status, json.dumps(body).encode(), "application/json", headers)

    def send(self, status, body, kind, headers=None):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def page():
    """The page as the server embeds it, with the script of one line in App Bridge's place."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", (PAGE / "index.html").read_text())
    text = text.replace("<head>", '<head><meta name="shopify-api-key" content="k"><script src="/bridge.js"></script>')
    return re.sub(r'="(favicon\.svg|styles/|scripts/|vendor/)', r'="/app/\1', text).encode()


def connects_the_shop_first(browser, server):
    browser.open(f"{server.base}/app?shop=a.myshopify.com&host=abc&embedded=1")
    browser.wait("the report", "return !document.querySelector('#report').hidden")
    posts = [path for command, path, _ in server.asked if command == "POST"]
    assert posts[:1] == ["/api/auth/shopify/token-exchange"], f"asked {posts}"


def sends_session_tokens_and_no_key(browser, server):
    credentials = [credential for _, path, credential in server.asked if "/api/" in path]
    assert all(re.fullmatch(r"Bearer a\.b\.\d+", credential or "") for credential in credentials), credentials
    shops = [credential for _, path, credential in server.asked if path == "/api/analytics/shop"]
    assert len(set(shops)) == 2, f"a stale token was not replaced once: {shops}"
    assert browser.run("return sessionStorage.length") == 0, "something is kept in the tab"
    assert browser.run("return document.querySelector('#sign-out').hidden"), "one cannot sign out of the admin"


def shows_how_the_installation_stands(browser, _):
    shown = "const panel = document.querySelector('#installation'); return !panel.hidden && panel.textContent"
    text = browser.wait("the panel", shown)
    for part in ("2 of 3 (carts/update)", "not active", "Orders: is read", "5 of 20"):
        assert part in text, f"{part} is missing in {text}"
    browser.click("#installation .button")
    browser.wait("why it failed", "return document.querySelector('#installation .notice-error')")


def keeps_what_app_bridge_needs_in_the_address(browser, _):
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(browser.run("return location.href")).query)
    assert query.get("host") == ["abc"] and query.get("embedded") == ["1"], query


def main():
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    name = "start"
    try:
        with Browser() as browser:
            for step in (connects_the_shop_first, sends_session_tokens_and_no_key, shows_how_the_installation_stands,
                         keeps_what_app_bridge_needs_in_the_address):
                name = step.__name__
                step(browser, server)
                print(f"ok    {name.replace('_', ' ')}", flush=True)
    except (AssertionError, BrowserError) as failure:
        print(f"FAIL  {name.replace('_', ' ')}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

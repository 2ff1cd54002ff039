"""A browser driven through chromedriver, with Python's standard library only.

One `Browser` is one headless Chromium of its own; leaving the `with` block ends it and its driver.
"""
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

START_SECONDS = 20
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's id, fixed by the WebDriver standard


class BrowserError(Exception):
    """The browser could not be started or a command failed; the message says which."""


class Browser:
    """Commands return when the browser has done them; `wait` polls for what the page does by itself."""

    def __init__(self, width=1280, height=1000):
        self._size = (width, height)
        self._driver = self._session = None

    def __enter__(self):
        program = shutil.which("chromedriver")
        if program is None:
            raise BrowserError("chromedriver is missing (Debian: apt-get install chromium chromium-driver)")
        port = free_port()
        self._base = f"http://127.0.0.1:{port}"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._driver = subprocess.Popen([program, f"--port={port}"], **quiet)
        try:
            self._await_driver()
            wanted = {"capabilities": {"alwaysMatch": self._capabilities()}}
            self._session = self._call("POST", "/session", wanted)["sessionId"]
            self._command("timeouts", {"script": START_SECONDS * 1000, "pageLoad": START_SECONDS * 1000})
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._session:
            try:
                self._call("DELETE", f"/session/{self._session}")
            except BrowserError:
                pass  # the driver is ended below in any case
        self._driver.terminate()
        self._driver.wait(timeout=10)

    def open(self, url):
        self._command("url", {"url": url})

    def reload(self):
        self._command("refresh", {})

    def back(self):
        self._command("back", {})

    def url(self):
        return self._call("GET", f"/session/{self._session}/url")

    def resize(self, width, height=1000):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._command("goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics})

    def run(self, script, *arguments):
        """The value that the script returns; a promise is awaited."""
        return self._command("execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, what, script, *arguments, seconds=15):
        """Waits until the script returns something true and returns it; `what` names it in the failure."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.run(script, *arguments)
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s for {what}")

    def click(self, selector):
        """A real click, scrolled to as a user would: it fails where the element is covered or not shown."""
        self.run("document.querySelector(arguments[0])?.scrollIntoView({block: 'center'})", selector)
        found = self._command("element", {"using": "css selector", "value": selector})
        self._command(f"element/{found[ELEMENT]}/click", {})

    def log(self, kind):
        """New entries of `browser` (console) or `performance` (network) since the last call."""
        return self._command("se/log", {"type": kind})

    def screenshot(self):
        """The viewport as PNG in base64."""
        return self._call("GET", f"/session/{self._session}/screenshot")

    def _capabilities(self):
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--lang=en-GB", "--window-size={},{}".format(*self._size)]
        return {"browserName": "chrome", "goog:chromeOptions": {"args": arguments},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}

    def _await_driver(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except BrowserError:
                time.sleep(0.05)
        raise BrowserError("chromedriver did not start")

    def _command(self, name, body):
        return self._call("POST", f"/session/{self._session}/{name}", body)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            message = json.load(error)["value"]["message"].splitlines()[0]
            raise BrowserError(f"{path.rsplit('/', 1)[-1]}: {message}") from None
        except OSError as error:
            raise BrowserError(f"chromedriver: {error}") from None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

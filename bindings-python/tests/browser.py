"""Debian's Chromium for tests, driven through ChromeDriver (W3C WebDriver)."""

import base64
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from conftest import ROOT
from databases import program
from ports import reserved

AXE = ROOT / "tests/browser/node_modules/axe-core/axe.min.js"
FLAGS = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"]
FLAGS += ["disable-component-update", "disable-sync", "hide-scrollbars"]


class Browser:
    """One window of a browser with an empty profile."""

    def __init__(self, session: str) -> None:
        self._http = httpx.Client(base_url=session, timeout=60, trust_env=False)

    def _post(self, path: str, **body: Any) -> Any:
        answer = self._http.post(path, json=body)
        assert answer.status_code == 200, answer.text[:1000]
        return answer.json()["value"]

    def _devtools(self, method: str, **params: Any) -> Any:
        return self._post("goog/cdp/execute", cmd=method, params=params)

    def look(self, width: int, height: int, scheme: str) -> None:
        """Be a device: a phone below 600 pixels, in light or dark colours."""
        self._devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self._devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url: str) -> None:
        self._post("url", url=url)

    @property
    def url(self) -> str:
        return str(self._http.get("url").json()["value"])

    @property
    def html(self) -> str:
        return str(self._http.get("source").json()["value"])

    def wait_for(self, begin: str) -> str:
        """Return the URL once it begins so."""
        until = time.monotonic() + 20
        while not (url := self.url).startswith(begin):
            assert time.monotonic() < until, f"{url}: {self.html[:1000]}"
            time.sleep(0.05)
        return url

    def click(self, selector: str) -> None:
        found = self._post("element", using="css selector", value=selector)
        self._post(f"element/{next(iter(found.values()))}/click")

    def press(self, selector: str, keys: str) -> None:
        found = self._post("element", using="css selector", value=selector)
        self._post(f"element/{next(iter(found.values()))}/value", text=keys)

    def frame(self) -> None:
        self._post("frame", id=0)

    def evaluate(self, expression: str) -> Any:
        """Return a value from outside of the page, whose policy does not bind it."""
        done = self._devtools("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def violations(self) -> tuple[list[str], list[str]]:
        """Return which rules of axe-core are violated, where; and which were passed."""
        self.evaluate(AXE.read_text() + "; 0")
        found = self.evaluate(
            """axe.run(document).then(({violations, incomplete, passes}) => ({
              bad: [...violations, ...incomplete].map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html)}`),
              good: passes.map(({id}) => id)}))"""
        )
        return found["bad"], found["good"]

    def screenshot(self, path: Path) -> tuple[int, int]:
        """Write a PNG of the whole page, and return its width and height."""
        shot = self._devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        data = base64.b64decode(shot["data"])
        path.write_bytes(data)
        assert data.startswith(b"\x89PNG")
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser, which is gone afterwards."""
    binary, driver = program("chromium"), program("chromedriver")
    held, port = reserved()
    with held, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = os.environ | {"HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([driver, f"--port={port}"], stdout=quiet, stderr=quiet, env=environment)  # noqa: S603
        base = f"http://127.0.0.1:{port}"
        try:
            with httpx.Client(base_url=base, timeout=60, trust_env=False) as http:
                for _ in range(200):
                    assert process.poll() is None
                    try:
                        http.get("/status")
                        break
                    except httpx.ConnectError:
                        time.sleep(0.05)
                options = {"binary": binary, "args": [*FLAGS, f"user-data-dir={folder}/profile"]}
                wanted = {"browserName": "chrome", "goog:chromeOptions": options}
                answer = http.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
                assert answer.status_code == 200, answer.text[:1000]
                session = f"/session/{answer.json()['value']['sessionId']}"
                try:
                    yield Browser(f"{base}{session}/")
                finally:
                    http.delete(session)
        finally:
            process.terminate()
            process.wait(60)

"""Debian's Chromium without a screen, driven through its own driver by the W3C WebDriver protocol."""

import base64
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how the standard names a reference to an element
BODY = "return document.body.innerText"
ENTER = "\ue007"  # the key, as the standard writes it in a text
# A loaded machine starts a browser in many times the second it takes otherwise.
PATIENCE_S = 60.0
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


def is_installed() -> bool:
    return shutil.which("chromium") is not None and shutil.which("chromedriver") is not None


@dataclass(frozen=True)
class Chromium:
    """One window. Elements are found by CSS selectors and waited for; a selector that finds nothing is an error."""

    driver: httpx.Client
    session: str

    def go(self, address: str) -> None:
        self._ask("POST", "/url", url=address)

    def address(self) -> str:
        return str(self._ask("GET", "/url"))

    def text(self, selector: str = "body") -> str:
        """What a person can read of an element."""
        return str(self._ask("GET", f"/element/{self._find(selector)}/text"))

    def type(self, selector: str, text: str) -> None:
        self._ask("POST", f"/element/{self._find(selector)}/value", text=text)

    def click(self, selector: str) -> None:
        """Clicks where the element can be seen; a covered or invisible one is an error."""
        self._ask("POST", f"/element/{self._find(selector)}/click")

    def script(self, code: str) -> Any:
        """What a function body returns in the page."""
        return self._ask("POST", "/execute/sync", script=code, args=[])

    def forget(self) -> None:
        """Another person sits down: no cookie is left."""
        self._ask("DELETE", "/cookie")

    def resize(self, width_px: int, height_px: int) -> None:
        """Makes the page this wide, as on a screen or telephone of that size."""
        self._ask(
            "POST",
            "/goog/cdp/execute",
            cmd="Emulation.setDeviceMetricsOverride",
            params={"width": width_px, "height": height_px, "deviceScaleFactor": 1, "mobile": width_px < 600},
        )

    def picture(self, file: Path) -> None:
        """The whole page as PNG."""
        shot = self._ask(
            "POST", "/goog/cdp/execute", cmd="Page.captureScreenshot", params={"captureBeyondViewport": True}
        )
        file.write_bytes(base64.b64decode(shot["data"]))

    def _find(self, selector: str) -> str:
        # The driver's own waiting ends when the page it began on is left, so it is done here.
        end = time.monotonic() + PATIENCE_S / 2
        while not (found := self._ask("POST", "/elements", using="css selector", value=selector)):
            assert time.monotonic() < end, f"no {selector} at {self.address()}: {self.script(BODY)}"
            time.sleep(0.02)
        return str(found[0][ELEMENT])

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        answer = self.driver.request(
            method, f"/session/{self.session}{path}", json=body if method == "POST" else None
        )
        value = answer.json()["value"]
        assert answer.status_code == 200, f"{value['message']} {body}"
        return value


@contextmanager
def open_chromium(folder: Path, language: str) -> Iterator[Chromium]:
    """A fresh browser with a profile of its own in `folder`; it is gone at the end."""
    process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = next(
            found[1] for line in process.stdout if (found := re.search(r"successfully on port (\d+)", line))
        )
        args = [*OPTIONS, f"--user-data-dir={folder / 'profile'}", f"--accept-lang={language}"]
        asked = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": args},
        }
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False) as driver:
            made = driver.post("/session", json={"capabilities": {"alwaysMatch": asked}}).json()["value"]
            assert "sessionId" in made, made
            try:
                yield Chromium(driver, made["sessionId"])
            finally:
                driver.delete(f"/session/{made['sessionId']}")
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()

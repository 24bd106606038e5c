"""A real Chromium, and artwork as Spotify would send it."""

import os
import shutil
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SCREENSHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WATCH_LINES = """
() => {
  window.lit = [];
  const note = (element) => window.lit.push([element.textContent, new Event("").timeStamp / 1000]);
  new MutationObserver((changes) => {
    for (const change of changes) {
      const was = (change.oldValue ?? "").split(" ").includes("current");
      if (!was && change.target.classList.contains("current") && !change.target.classList.contains("gap")) {
        note(change.target);
      }
    }
  }).observe(document.getElementById("lines"), {
    subtree: true, attributes: true, attributeFilter: ["class"], attributeOldValue: true,
  });
}
"""
"""Notes in `window.lit` when each line lights up: its text, and the seconds on a clock that nobody sets."""

_ARGUMENTS = [
    "--no-sandbox",  # root in a container has none
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@contextmanager
def chromium() -> Iterator[Any]:
    """Run Chromium until the end of the block; without one, skip the test, or fail if REQUIRE_BROWSER is set."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _miss("the page is tested in a browser, driven by Playwright: pip install playwright")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        _miss("the page is tested in Chromium, and none is installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def _miss(reason: str) -> None:
    if os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


def artwork(size: int = 64) -> bytes:
    """Return a PNG with a blue left, a red right and a bright middle."""
    rows = bytearray()
    for y in range(size):
        rows.append(0)
        for x in range(size):
            shine = max(0.0, 1 - ((x - size / 2) ** 2 + (y - size / 2) ** 2) / (size / 3.2) ** 2)
            across = x / size
            rows += bytes(
                round(min(255, value + 190 * shine))
                for value in (60 + 150 * across, 40 + 30 * y / size, 190 - 140 * across)
            )
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


class Screen:
    """A browser window at the page, and what a viewer sees in it."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self.requested: list[str] = []
        self.troubles: list[str] = []
        window.on("request", lambda request: self.requested.append(request.url))
        window.on("pageerror", lambda error: self.troubles.append(str(error)))
        window.on("console", lambda message: message.type == "error" and self.troubles.append(message.text))

    def text(self, selector: str) -> str:
        return str(self.window.locator(selector).text_content() or "")

    def sees(self, selector: str, words: str = "", within: float = 8.0) -> None:
        """Wait until something is visible that holds these words."""
        found = self.window.locator(selector).filter(has_text=words) if words else self.window.locator(selector)
        found.first.wait_for(state="visible", timeout=within * 1000)

    def current(self) -> str:
        return "".join(self.window.locator("#lines .current:not(.gap)").all_text_contents())

    def waits_for(self, probe: Callable[[], Any], within: float = 8.0) -> Any:
        """Wait in the browser's own loop, so that its events go on."""
        ends_at = time.monotonic() + within
        while not (result := probe()):
            assert time.monotonic() < ends_at, f"did not happen within {within} s"
            self.window.wait_for_timeout(20)
        return result

    def lit(self, seconds: float) -> list[tuple[str, float]]:
        """Watch for a while; returns the text of each line that lights up, and the monotonic time of that."""
        self.window.evaluate(WATCH_LINES)
        self.window.wait_for_timeout(seconds * 1000)
        rounds = []
        for _ in range(5):
            sent = time.monotonic()
            there = self.window.evaluate("() => new Event('').timeStamp / 1000")
            received = time.monotonic()
            rounds.append((received - sent, (sent + received) / 2 - there))
        offset = min(rounds)[1]
        return [(text, at + offset) for text, at in self.window.evaluate("() => window.lit")]

    def shoot(self, name: str) -> None:
        """Keep a picture of what is seen."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.window.wait_for_timeout(600)  # past the movement of the lines
        self.window.screenshot(path=SCREENSHOTS / f"{name}.png")

"""A real Chromium, and artwork as Spotify would send it."""

import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SCREENSHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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

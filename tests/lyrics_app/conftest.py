"""Fixtures: a browser at the page, and a server as its own program."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..support.browser import Screen, artwork, chromium
from ..support.page import Page, process_at, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_POLL_SECONDS", "0.25")


@pytest.fixture
def page(logged_in: dict[str, str]) -> Iterator[Page]:
    with serving() as page:
        yield page


@pytest.fixture
def open_screen(browser: Any) -> Iterator[Callable[..., Screen]]:
    """Open the page in a window of its own; whatever the page does wrong in it fails the test."""
    screens: list[tuple[Screen, tuple[str, ...]]] = []

    def open_one(url: str, *, expect: tuple[str, ...] = (), **options: Any) -> Screen:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        context.route(
            "https://i.scdn.co/**",
            lambda route: route.fulfill(
                body=artwork(), content_type="image/png", headers={"Access-Control-Allow-Origin": "*"}
            ),
        )
        screen = Screen(context.new_page())
        screens.append((screen, expect))
        screen.window.goto(url)
        return screen

    yield open_one
    for screen, expected in screens:
        troubles = [trouble for trouble in screen.troubles if not any(each in trouble for each in expected)]
        screen.window.context.close()
        assert troubles == []


@pytest.fixture
def start_server(logged_in: dict[str, str], unused_port: int) -> "Iterator[Callable[[], subprocess.Popen[bytes]]]":
    """Run the server as its own program, each time at the same port."""
    started = []

    def start() -> "subprocess.Popen[bytes]":
        started.append(process_at(unused_port))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def process(start_server: Callable[[], object], unused_port: int) -> Page:
    start_server()
    return Page(unused_port)

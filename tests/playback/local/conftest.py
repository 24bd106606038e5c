"""Fixtures: a session bus, and players on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ...support.desktop import Mpv, SpotifyApp, session_bus


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with session_bus(monkeypatch) as address:
        yield address


@pytest.fixture
def start_mpv(bus: str, tmp_path: Path) -> Iterator[Callable[..., Mpv]]:
    started: list[Mpv] = []

    def start(*files: Path) -> Mpv:
        started.append(Mpv(tmp_path, list(files)))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def start_spotify(bus: str) -> Iterator[Callable[..., SpotifyApp]]:
    started: list[SpotifyApp] = []

    def start(**options: Any) -> SpotifyApp:
        started.append(SpotifyApp(bus, **options))
        return started[-1]

    yield start
    for each in started:
        each.close()

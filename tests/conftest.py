"""Fixtures: a loopback music service, and the plugin loaded as Scope loads it."""

import importlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .support import scope_host
from .support.music_service import MusicService, environment, running

scope_host.make_importable()

# Thousands of small files and databases, each written to disk for sure: memory does that at once.
_MEMORY = Path("/dev/shm")
if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

PACKAGES = ("spotify_scope_plugin", "lyrics_app")
OURS = ("SPOTIFY_", "LRCLIB_", "DEMO_", "LYRICS_APP", "RUNPOD_POD_ID")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tester's own settings out of the tests."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)


class Written:
    """The captured log, once all has been written: threads that others wait for only leave notes."""

    def __init__(self, captured: pytest.LogCaptureFixture) -> None:
        self._captured = captured

    def __getattr__(self, name: str) -> Any:
        sys.modules["spotify_scope_plugin.background"].log.flush()  # type: ignore[attr-defined]
        return getattr(self._captured, name)


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> Any:
    importlib.import_module("spotify_scope_plugin.background")
    written = Written(caplog)
    written.clear()  # what tests before this one have left
    return written


@pytest.fixture
def service() -> Iterator[MusicService]:
    with running(MusicService()) as service:
        yield service


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environ(service: MusicService, home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a user whose app is set up, but who is not logged in; what a test has set stays."""
    variables = {name: os.environ.get(name, value) for name, value in environment(service, home).items()}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def logged_in(service: MusicService, home: Path, environ: dict[str, str]) -> dict[str, str]:
    """The environment of a user who has logged in."""
    save_token(home, service.grant())
    return environ


def save_token(home: Path, token: dict[str, Any]) -> Path:
    home.mkdir(exist_ok=True)
    path = home / ".spotify_token_cache"
    path.write_text(json.dumps(token), encoding="utf-8")
    return path


@pytest.fixture
def scope_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a version of Scope look installed."""

    def install(version: str) -> None:
        folder = tmp_path / "site" / f"daydream_scope-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: daydream-scope\nVersion: {version}\n")
        monkeypatch.syspath_prepend(str(folder.parent))

    return install


@pytest.fixture
def load_plugin(fresh_plugin: None) -> Callable[..., Any]:
    """Load the plugin in a process that has not seen it yet, and return its preprocessor's class."""
    pytest.importorskip("torch", reason="the preprocessor needs torch")
    return lambda: scope_host.load_pipeline_classes()["spotify-prompts"]


@pytest.fixture
def fresh_plugin() -> Iterator[None]:
    """Let the plugin be loaded as in a process that has not seen it yet."""
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] in PACKAGES}
    for name in before:
        del sys.modules[name]
    yield
    now_playing = sys.modules.get("spotify_scope_plugin.now_playing")
    if now_playing is not None and now_playing._shared is not None:
        now_playing._shared.close()
    for name in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])

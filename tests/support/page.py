"""The lyrics page's real server in a thread, and a listener on its event stream."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from lyrics_app.running import PageServer, PageThread
from lyrics_app.state import InUse
from spotify_scope_plugin import settings as environment
from spotify_scope_plugin.now_playing import make_session

from .waiting import eventually

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Page:
    """A running server; `request` returns what a browser on this machine gets."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        options = {"timeout": 10, "allow_redirects": False, **options}
        return requests.request(method, self.url + path, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def now(self) -> dict[str, Any]:
        """Return `/api/now` once the lyrics have been looked for."""
        return eventually(
            lambda: now if (now := self.get("/api/now").json())["lyrics"]["kind"] != "pending" else None
        )


@contextlib.contextmanager
def serving(*, in_use: InUse | None = None, **changes: Any) -> Iterator[Page]:
    """Serve the page with the settings of this process's environment and `changes` until the end of the block."""
    settings = environment.load(os.environ)[0]
    settings = replace(settings, **{"lyrics_app_host": "127.0.0.1", "lyrics_app_port": 0, **changes})
    session = make_session(settings)
    server = PageServer(session, settings, in_use or (lambda: (settings.options, None)))
    thread = PageThread(server)
    thread.start()
    try:
        yield Page(server.port)
    finally:
        thread.stop()
        session.close()
    assert not thread.is_alive(), "the server did not stop"


class Listener(threading.Thread):
    """Reads an event stream; `events` holds each event's time of arrival, name and data."""

    def __init__(self, page: Page) -> None:
        super().__init__(daemon=True)
        self.events: list[tuple[float, str, dict[str, Any]]] = []
        self.ended = False
        self._connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=60)
        self._connection.request("GET", "/api/events")
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        self.start()

    def run(self) -> None:
        name = ""
        with contextlib.suppress(OSError, http.client.HTTPException):  # closed, by the server or the test
            while line := self._response.readline().decode():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ").strip()
                elif line.startswith("data: "):
                    self.events.append((time.monotonic(), name, json.loads(line.removeprefix("data: "))))
        self.ended = True

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._connection.close()

    def now(self) -> dict[str, Any]:
        """Return what a page knows that got these events."""
        known: dict[str, Any] = {}
        for _, name, data in self.events:
            known = data if name == "now" else {**known, **data}
        return known

    def until(self, fits: Callable[[dict[str, Any]], Any], within: float = 8.0) -> dict[str, Any]:
        """Wait until the page's knowledge fits."""
        return eventually(lambda: known if (known := self.now()) and fits(known) else None, within)


def process_at(port: int) -> "subprocess.Popen[bytes]":
    """Run the server as its own program."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lyrics_app.server"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LYRICS_APP_HOST": "127.0.0.1", "LYRICS_APP_PORT": str(port)},
    )

    def answers() -> bool:
        try:
            return Page(port).get("/healthz").ok
        except OSError:
            return False

    eventually(answers, 30)
    return process

"""Spotify's Web API, its login server and LRCLIB on 127.0.0.1: real HTTP, and a song that really plays.

Written from what the services are documented to do. Delays lie half before and half after the moment at which
an answer is true, unless `share_before` says otherwise.
"""

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import lrclib, misbehaviour


@dataclass(frozen=True)
class Fault:
    """One scripted answer instead of the right one; `hang` seconds pass before it, `body` is sent as it is.

    `talk` names what `misbehaviour` does in the place of an answer.
    """

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0
    talk: str = ""


@dataclass
class Song:
    """A song of the service: as Spotify reports it, and as LRCLIB knows it (None: it does not)."""

    title: str
    artist: str
    album: str = "Album"
    duration: float = 180.0
    lrc: str | None = None
    id: str = ""
    explicit: bool = False
    instrumental: bool = False
    plain: str | None = None

    def __post_init__(self) -> None:
        self.id = self.id or f"{abs(hash((self.title, self.artist))):022d}"[:22]

    def item(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "uri": f"spotify:track:{self.id}",
            "type": "track",
            "name": self.title,
            "artists": [{"name": name} for name in self.artist.split("; ")],
            "album": {
                "name": self.album,
                "images": [{"url": "https://i.scdn.co/image/1", "width": 640, "height": 640}],
            },
            "duration_ms": round(self.duration * 1000),
            "explicit": self.explicit,
            "is_local": False,
        }

    def record(self) -> dict[str, Any]:
        return {
            "id": 1,
            "trackName": self.title,
            "artistName": ", ".join(self.artist.split("; ")),
            "albumName": self.album,
            "duration": self.duration,
            "instrumental": self.instrumental,
            "plainLyrics": self.plain,
            "syncedLyrics": self.lrc,
        }


class MusicService:
    """The state of all three services; change it while it runs. Times are `time.monotonic` seconds."""

    CLIENT_ID = "client"
    CLIENT_SECRET = "client-secret"

    def __init__(self) -> None:
        self.url = ""
        self.delay = 0.0
        self.delays: Iterator[float] | None = None
        self.share_before: Callable[[], float] = lambda: 0.5
        self.lrclib_delay = 0.0
        self.faults: dict[str, list[Fault]] = {}
        self.broken: dict[str, Fault] = {}
        self.requests: list[tuple[float, str, dict[str, str]]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.song: Song | None = None
        self.item: dict[str, Any] | None = None
        self.body_changes: dict[str, Any] = {}
        self.is_playing = True
        self.catalogue: list[Song] = []
        self.records: list[lrclib.Record] = []
        self.queue: list[Song] = []
        self.token_lifetime = 3600
        self.rotate_refresh_tokens = False
        self.access_tokens: dict[str, float] = {}
        self.refresh_tokens: set[str] = set()
        self.codes: dict[str, str] = {}
        self._started_at = 0.0
        self._paused_at: float | None = None

    # What a listener does.

    def play(self, song: Song, position: float = 0.0) -> None:
        self.song = song
        self.item = None
        if song not in self.catalogue:
            self.catalogue.append(song)
        self.is_playing = True
        self._paused_at = None
        self.seek(position)

    def seek(self, position: float) -> None:
        self._started_at = time.monotonic() - position

    def pause(self) -> None:
        self._paused_at = self.position()
        self.is_playing = False

    def resume(self) -> None:
        self.seek(self.position())
        self._paused_at = None
        self.is_playing = True

    def stop(self) -> None:
        self.song = None

    def position(self) -> float:
        if self._paused_at is not None:
            return self._paused_at
        return time.monotonic() - self._started_at

    def started_at(self) -> float:
        """Return the monotonic time of position 0."""
        return self._started_at

    # What a login does.

    def grant(self) -> dict[str, Any]:
        """Return a valid token, as spotipy would have stored it."""
        return {**self._new_token(), "expires_at": int(time.time()) + self.token_lifetime}

    def authorize(self) -> str:
        """Return the code of a user who agreed."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = "open"
        return code

    def way_back(self, redirect_uri: str, state: str) -> str:
        """Return the address to which the browser of a user who agreed is sent."""
        return f"{redirect_uri}?code={self.authorize()}&state={state}"

    def revoke_all(self) -> None:
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    # What an answer is.

    def count(self, path: str) -> int:
        return sum(1 for _, requested, _ in list(self.requests) if requested == path)

    def answer(
        self, method: str, path: str, query: dict[str, str], headers: Any, form: dict[str, str]
    ) -> tuple[int, Any]:
        if path == "/v1/me/player/currently-playing":
            return self._currently_playing(headers)
        if path == "/api/token" and method == "POST":
            return self._token(form)
        if path in {"/api/get", "/api/search"}:
            time.sleep(self.lrclib_delay)
            return (lrclib.get if path == "/api/get" else lrclib.search)(self._records(), query)
        if path == "/v1/me/player/queue":
            return 200, {"queue": [song.item() for song in self.queue]}
        return 404, {"error": {"status": 404, "message": "no such address"}}

    def _currently_playing(self, headers: Any) -> tuple[int, Any]:
        token = (headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.access_tokens.get(token, 0.0) < time.time():
            return 401, {"error": {"status": 401, "message": "The access token expired"}}
        if self.song is None and self.item is None:
            return 204, None
        position, song = self.position(), self.song
        item = self.item if song is None else song.item()
        body = {
            "progress_ms": round(position * 1000),
            "is_playing": self.is_playing,
            "currently_playing_type": "track",
            "item": item,
            **self.body_changes,
        }
        return 200, body

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                return 400, {"error": "invalid_grant", "error_description": "Refresh token revoked"}
            if self.rotate_refresh_tokens:
                self.refresh_tokens.discard(form["refresh_token"])
                return 200, self._new_token()
            return 200, self._new_token(with_refresh=False)
        if self.codes.pop(form.get("code", ""), None) is None:
            return 400, {"error": "invalid_grant", "error_description": "Invalid authorization code"}
        return 200, self._new_token()

    def _new_token(self, *, with_refresh: bool = True) -> dict[str, Any]:
        token = {
            "access_token": "access-" + secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": self.token_lifetime,
            "scope": "user-read-currently-playing user-read-playback-state",
        }
        self.access_tokens[token["access_token"]] = time.time() + self.token_lifetime
        if with_refresh:
            token["refresh_token"] = "refresh-" + secrets.token_urlsafe(16)
            self.refresh_tokens.add(token["refresh_token"])
        return token

    def _records(self) -> list[lrclib.Record]:
        known = [song for song in self.catalogue if song.lrc is not None or song.plain or song.instrumental]
        return [song.record() for song in known] + self.records


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._answer("POST", _flat(self.rfile.read(length).decode()))

    def _answer(self, method: str, form: dict[str, str]) -> None:
        service = self.server.service
        if self.server.closing.is_set():  # a connection from before
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        service.requests.append((time.monotonic(), parts.path, _flat(parts.query)))
        service.headers_seen.append(dict(self.headers))
        fault = service.broken.get(parts.path)
        if service.faults.get(parts.path):
            fault = service.faults[parts.path].pop(0)
        if fault is not None:
            self.server.closing.wait(fault.hang)
            if fault.talk:
                self.close_connection = True
                with contextlib.suppress(OSError):  # the client has had enough
                    getattr(misbehaviour, fault.talk)(self.wfile.write)
                return
            self._send(fault.status, fault.body if fault.body is not None else b"{}", fault.headers)
            return
        if parts.path == "/authorize":  # the user agrees at once
            asked = _flat(parts.query)
            self._send(302, b"", {"Location": service.way_back(asked["redirect_uri"], asked["state"])})
            return
        delay = next(service.delays) if service.delays else service.delay
        share = service.share_before()
        time.sleep(delay * share)
        status, body = service.answer(method, parts.path, _flat(parts.query), self.headers, form)
        time.sleep(delay * (1 - share))
        self._send(status, b"" if body is None else json.dumps(body).encode(), {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)
        except OSError:
            pass  # the client gave up waiting

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, service: MusicService, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service = service
        self.closing = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that hang up are part of the tests


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextmanager
def running(service: MusicService, port: int = 0) -> Iterator[MusicService]:
    """Serve until the end of the block; `service.url` is the address."""
    server = _Server(service, port)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


def environment(service: MusicService, home: Any) -> dict[str, str]:
    """Return the environment variables that point the plugin at the service."""
    return {
        "SPOTIFY_CLIENT_ID": MusicService.CLIENT_ID,
        "SPOTIFY_CLIENT_SECRET": MusicService.CLIENT_SECRET,
        "SPOTIFY_SCOPE_HOME": str(home),
        "SPOTIFY_API_BASE_URL": f"{service.url}/v1/",
        "SPOTIFY_ACCOUNTS_BASE_URL": service.url,
        "LRCLIB_BASE_URL": service.url,
        "SPOTIFY_SCOPE_SOURCE": "spotify",  # not what plays on the tester's own computer
        "SPOTIFY_POLL_SECONDS": "1",  # tests are quicker than listeners
    }

"""What can go wrong, how it begins and ends, and what the user is told meanwhile."""

import contextlib
import email.utils
import json
import logging
import os
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..support.music_service import Fault, Song
from ..support.service_process import ServiceProcess

PLAYING, TOKEN = "/v1/me/player/currently-playing", "/api/token"
GET, SEARCH = "/api/get", "/api/search"


@dataclass
class Evening:
    """What a fault may lay its hands on."""

    service: ServiceProcess
    home: Path
    parameters: dict[str, Any]
    undo: list[Callable[[], None]] = field(default_factory=list)
    token: dict[str, Any] = field(default_factory=dict)

    @property
    def token_file(self) -> Path:
        return self.home / ".spotify_token_cache"


Deed = Callable[[Evening], None]


@dataclass(frozen=True)
class Trouble:
    """One fault. Empty `words`: nothing needs to be said."""

    name: str
    begin: Deed
    words: str = ""
    end: Deed = lambda _: None
    recovery: float = 5.0
    """Seconds after its end at which all is well: more only where a server has asked for a pause."""
    seconds: float = 6.0


def _breaks(path: str, fault: Fault) -> Deed:
    return lambda evening: evening.service.set(broken={path: fault})


def _breaks_lyrics(fault: Fault) -> Deed:
    def begin(evening: Evening) -> None:
        evening.service.set(broken={GET: fault, SEARCH: fault})
        next_song(evening)

    return begin


def _heals(evening: Evening) -> None:
    evening.service.set(broken={})


def next_song(evening: Evening, lrc: str | None = "", **details: Any) -> None:
    """Play a song that nobody has heard yet."""
    number = len(evening.service.get("catalogue"))
    rows = "\n".join(f"[00:{second:02d}.00]Line {second} of song {number}" for second in range(1, 59))
    song = Song(f"Song {number}", "Artist", duration=200.0, lrc=rows if lrc == "" else lrc, **details)
    evening.service.do("play", song)


def spotify(name: str, fault: Fault, words: str, recovery: float = 5.0, seconds: float = 6.0) -> Trouble:
    return Trouble(f"Spotify: {name}", _breaks(PLAYING, fault), words, _heals, recovery=recovery, seconds=seconds)


def lrclib(name: str, fault: Fault, words: str, recovery: float = 5.0, seconds: float = 6.0) -> Trouble:
    return Trouble(f"LRCLIB: {name}", _breaks_lyrics(fault), words, _heals, recovery=recovery, seconds=seconds)


def login(name: str, fault: Fault, words: str, recovery: float = 5.0) -> Trouble:
    def begin(evening: Evening) -> None:
        evening.service.set(broken={TOKEN: fault}, access_tokens={})

    return Trouble(f"login: {name}", begin, words, _heals, recovery=recovery)


def _reports(body: dict[str, Any]) -> Fault:
    return Fault(200, json.dumps(body).encode())


def _error(status: int, **details: Any) -> bytes:
    return json.dumps({"error": {"status": status, **details}}).encode()


_soon = email.utils.format_datetime
_ITEM = {
    "name": "Song",
    "uri": "spotify:track:1",
    "duration_ms": 200_000,
    "artists": [{"name": "x"}],
    "type": "track",
}


def _http_date(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def _late_date(evening: Evening) -> None:
    evening.service.set(broken={PLAYING: Fault(429, headers={"Retry-After": _http_date(9)})})


# The network itself.


def _down(evening: Evening) -> None:
    evening.service.down()


def _up(evening: Evening) -> None:
    evening.service.up()


def _down_for_lyrics(evening: Evening) -> None:
    evening.service.down()
    next_song(evening)


# The login on disk.


def _write_token(evening: Evening, text: str) -> None:
    temporary = evening.token_file.with_suffix(".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(evening.token_file)


def _new_login(evening: Evening) -> None:
    if evening.token_file.is_fifo():
        evening.token_file.unlink()
    evening.service.set(broken={})
    _write_token(evening, json.dumps(evening.service.do("grant")))


def _token_of(**changes: Any) -> Deed:
    def begin(evening: Evening) -> None:
        evening.service.set(access_tokens={})
        _write_token(evening, json.dumps({**evening.token, "access_token": "", **changes}))

    return begin


def _delete_token(evening: Evening) -> None:
    evening.token_file.unlink()


def _token_pipe(evening: Evening) -> None:
    evening.token_file.unlink()
    os.mkfifo(evening.token_file)


def _revoke(evening: Evening) -> None:
    evening.service.do("revoke_all")


def _other_host(evening: Evening) -> None:
    # Another port is another host: what arrives there is asked for at the end.
    evening.service.set(
        broken={
            TOKEN: Fault(307, b"", {"Location": evening.service.url.replace("127.0.0.1", "localhost") + "/stolen"})
        },
        access_tokens={},
    )


# The machine.


def _clock_back(evening: Evening) -> None:
    real = time.time
    time.time = lambda: real() - 3600  # type: ignore[assignment]
    evening.undo.append(lambda: setattr(time, "time", real))


def _disk_full(evening: Evening) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    evening.undo.append(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before))
    evening.service.set(access_tokens={})  # a new one cannot be saved
    next_song(evening)


def _home_is_a_file(evening: Evening) -> None:
    """What a read-only folder is for root, whom no mode stops: nothing can be written there."""
    aside = evening.home.with_name("aside")
    evening.home.rename(aside)
    evening.home.write_text("")

    def undo() -> None:
        evening.home.unlink()
        aside.rename(evening.home)

    evening.undo.append(undo)
    next_song(evening)


def _database_locked(evening: Evening) -> None:
    locks = []
    for name in ("lyrics-cache.sqlite3", "spotify-requests.sqlite3"):
        lock = sqlite3.connect(evening.home / name, check_same_thread=False, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        locks.append(lock)
    evening.undo.extend(lock.close for lock in locks)
    next_song(evening)


def _pipe_full(evening: Evening) -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write_end, b"x" * 65536)
    os.set_blocking(write_end, True)
    handler = logging.StreamHandler(os.fdopen(write_end, "w"))
    logging.getLogger("spotify_scope_plugin").addHandler(handler)

    def drain() -> None:
        logging.getLogger("spotify_scope_plugin").removeHandler(handler)
        with contextlib.suppress(OSError):
            while os.read(read_end, 65536):
                pass

    evening.undo.append(threading.Thread(target=drain, daemon=True).start)
    next_song(evening)


def _no_threads(evening: Evening) -> None:
    real = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name not in {"script", "memory"}:
            raise RuntimeError("can't start new thread")
        real(thread)

    threading.Thread.start = start  # type: ignore[method-assign]
    evening.undo.append(lambda: setattr(threading.Thread, "start", real))
    next_song(evening)


def _no_files(evening: Evening) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_song(evening)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    evening.undo.append(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, before))


def _threads_die(evening: Evening) -> None:
    from spotify_scope_plugin.now_playing import shared_session

    session = shared_session()
    for worker in (session._watcher, session._finder):
        died = threading.Event()

        def die(worker: Any = worker, died: threading.Event = died) -> float:
            del worker.step
            died.set()
            raise SystemExit

        worker.step = die
        worker.wake()
        died.wait(3)
    next_song(evening)


class _Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("cannot be printed")

    __str__ = __float__ = __repr__


def _hostile_options(evening: Evening) -> None:
    evening.parameters.update(
        custom_template="{lyrics}" * 2_000_000,
        fallback_prompt="\u202e" * 5_000_000,
        lyrics_offset_seconds=_Hostile(),
        template_theme=["x" * 1_000_000],
        prompt_transition_chunks=10**4000,
    )
    evening.undo.append(evening.parameters.clear)


# The user's own files.


def _own_file(text: bytes | None) -> Deed:
    def begin(evening: Evening) -> None:
        number = len(evening.service.get("catalogue"))
        folder = evening.home / "lyrics"
        folder.mkdir(exist_ok=True)
        file = folder / f"Artist - Song {number}.lrc"
        if text is None:
            os.mkfifo(file)
        else:
            file.write_bytes(text)
        next_song(evening)

    return begin


_MULTIPLIED = "\n".join(
    "".join(f"[{minute:02d}:{second:02d}]" for minute in range(100)) + "<00:01>la " * 60 for second in range(60)
)
_LONG_LINES = "\n".join(f"[00:{second:02d}]" + "\u202e<b>" * 100_000 for second in range(3))


def _nothing(_: Evening) -> None:
    pass


TROUBLES = [
    Trouble("none", _nothing),
    spotify("hangs", Fault(hang=3600), "did not answer within"),
    spotify("drips its body", Fault(talk="drip_body"), "did not answer within", seconds=12.0),
    spotify("drips its head", Fault(talk="drip_head"), "did not answer within", seconds=12.0),
    spotify("100 Continue for ever", Fault(talk="continue_for_ever"), "did not answer within", seconds=12.0),
    spotify("50 MB of JSON", Fault(talk="fifty_megabytes"), "makes no sense"),
    spotify("a gzip bomb", Fault(talk="bomb"), "makes no sense"),
    spotify("450,000 values", Fault(talk="a_million_values"), "makes no sense"),
    spotify("cut short", Fault(talk="cut_short"), "makes no sense"),
    spotify("resets", Fault(talk="reset"), "cannot be reached"),
    Trouble("network: refused", _down, "cannot be reached", _up),
    spotify("204", Fault(204), ""),
    spotify("302 to another host", Fault(302, b"", {"Location": "http://localhost:9/"}), "HTTP 302"),
    spotify("401", Fault(401), "does not accept this login"),
    spotify("403", Fault(403), "refuses this account"),
    spotify("404", Fault(404), "no such address"),
    spotify("429, 4 s", Fault(429, headers={"Retry-After": "4"}), "asks for a pause"),
    Trouble("Spotify: 429, HTTP date", _late_date, "asks for a pause", _heals, recovery=9.0),
    spotify("429, no time", Fault(429), "asks for a pause", 5.5),
    spotify("500", Fault(500), "HTTP 500"),
    spotify("503", Fault(503, _error(503)), "HTTP 503"),
    spotify("HTML", Fault(200, b"<html><body>Welcome to our Wi-Fi"), "makes no sense"),
    spotify("truncated JSON", Fault(200, b'{"item": {"name": "So'), "makes no sense"),
    spotify("a list", Fault(200, b"[]"), "makes no sense"),
    spotify("wrong types", _reports({"item": {**_ITEM, "artists": 3, "name": "x"}, "progress_ms": "soon"}), ""),
    spotify("a title of 900 KB", _reports({"item": {**_ITEM, "name": "\u202e" * 150_000}, "progress_ms": 1}), ""),
    login("hangs", Fault(hang=3600), "login server did not answer"),
    login("500", Fault(500), "login server has a problem"),
    login("error is an object", Fault(429, _error(429), {"Retry-After": "4"}), "asks for a pause"),
    login("an unusable token", Fault(200, b'{"access_token": "a\\nb", "expires_in": 3600}'), "no usable token"),
    Trouble("login: 307 to another host", _other_host, "login server", _heals),
    Trouble("login: revoked", _revoke, "no longer accepts the login", _new_login),
    Trouble("token file: deleted", _delete_token, "Not logged in", _new_login),
    Trouble("token file: a pipe", _token_pipe, "no regular file", _new_login),
    Trouble("token file: newline in it", _token_of(refresh_token="a\nb"), "holds no Spotify login", _new_login),
    Trouble("token file: absurd numbers", _token_of(expires_at=-(10**400)), "", _new_login),
    lrclib("hangs", Fault(hang=3600), "did not answer within", seconds=12.0),
    lrclib("drips", Fault(talk="drip_body"), "did not answer within", seconds=14.0),
    lrclib("500", Fault(500), "HTTP 500"),
    lrclib("429, 4 s", Fault(429, headers={"Retry-After": "4"}), "asks for a pause"),
    lrclib("50 MB", Fault(talk="fifty_megabytes"), "makes no sense"),
    lrclib("a gzip bomb", Fault(talk="bomb"), "makes no sense"),
    lrclib("HTML", Fault(200, b"<html>"), "makes no sense"),
    lrclib("5,000 records", Fault(talk="five_thousand_records"), "makes no sense"),
    Trouble("network: refused, new song", _down_for_lyrics, "cannot be reached", _up),
    Trouble("lyrics: stamps that multiply", lambda evening: next_song(evening, _MULTIPLIED), "are cut"),
    Trouble("lyrics: lines of 400 KB", lambda evening: next_song(evening, _LONG_LINES), "are cut"),
    Trouble("own file: 100 MB", _own_file(b"[00:01]la\n" * 10_000_000), "longer than"),
    Trouble("own file: a pipe", _own_file(None), "no regular file"),
    Trouble("clock set back an hour", _clock_back),
    Trouble("disk: full", _disk_full, "cannot be"),
    Trouble("disk: nothing can be written", _home_is_a_file, "cannot be"),
    Trouble("disk: databases locked", _database_locked, "cannot be used"),
    Trouble("log: a full pipe", _pipe_full),
    Trouble("threads: none can be had", _no_threads),
    Trouble("threads: they die", _threads_die),
    Trouble("files: none can be opened", _no_files, ""),
    Trouble("options: hostile values", _hostile_options, "must be"),
]

SHORT = (
    "Spotify: 50 MB of JSON",
    "network: refused, new song",
    "login: 307 to another host",
    "lyrics: stamps that multiply",
)
"""Those that run with every test."""

assert sys.platform != "win32", "the faults of the machine are those of a system with signals and limits"

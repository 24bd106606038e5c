"""The lyrics page inside another process: Scope's, and the demo's."""

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from spotify_scope_plugin import companion, now_playing, settings
from spotify_scope_plugin.sending import prompter as prompter_module
from spotify_scope_plugin.sending.prompter import Prompter

from .support import scope_host
from .support.music_service import MusicService, Song
from .support.page import Listener, Page
from .support.waiting import eventually

PLAYING = "/v1/me/player/currently-playing"


def page_threads() -> list[Any]:
    return [thread for thread in threading.enumerate() if type(thread).__name__ == "PageThread"]


def stop_pages() -> None:
    for thread in page_threads():
        thread.stop()


@pytest.fixture
def wanted(
    logged_in: dict[str, str], unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Page]]:
    """The process of a Scope that is asked to serve the page."""
    monkeypatch.setenv("LYRICS_APP", "1")
    monkeypatch.setenv("LYRICS_APP_HOST", "127.0.0.1")
    monkeypatch.setenv("LYRICS_APP_PORT", str(unused_port))
    monkeypatch.setattr(companion, "_GRACE_SECONDS", 0.05)
    monkeypatch.setattr(companion, "_begun", threading.Lock())
    monkeypatch.setattr(now_playing, "_shared", None)
    monkeypatch.setattr(prompter_module, "_latest", None)
    settings.current.cache_clear()

    def serve() -> Page:
        companion.serve_from_scope()
        page = Page(unused_port)
        eventually(page_threads)
        eventually(lambda: page.get("/healthz").ok)
        return page

    yield serve
    stop_pages()
    if now_playing._shared is not None:
        now_playing._shared.close()
    settings.current.cache_clear()


def test_it_shows_the_prompt_that_was_really_sent(service: MusicService, wanted: Callable[[], Page]) -> None:
    service.play(Song("Song", "Artist", lrc="[00:00]Words of it\n[01:00]x"))
    page = wanted()
    assert not page.now()["prompt_is_sent"]
    stream = Prompter(now_playing.shared_session(), {"template_theme": "music_video"})
    sent: list[str] = []

    def frames() -> None:
        for _ in range(30):
            update = stream.next_update({"lyrics_offset_seconds": -0.5, "lyrics_rotating_style": False})
            sent.extend(prompt["text"] for prompt in update.get("prompts", []))
            time.sleep(0.02)

    frames()
    now = page.now()
    assert now["prompt_is_sent"]
    assert now["prompt"] == sent[-1] == 'Music video frame: Words of it, "Song" by Artist, cinematic'
    assert now["lyrics"]["lines"][0]["start"] == 0.5  # the offset that the user has set in Scope
    stream.next_update({"send_prompts": False})
    now = page.now()
    assert (now["prompt"], now["prompt_is_sent"]) == (None, False)
    time.sleep(5.1)  # no frames come any more
    assert not page.now()["prompt_is_sent"]


def test_the_page_and_the_frames_share_one_poller(service: MusicService, wanted: Callable[[], Page]) -> None:
    service.play(Song("Song", "Artist", lrc="[00:00]Words of it"))
    page = wanted()
    listener = Listener(page)
    stream = Prompter(now_playing.shared_session(), {})
    listener.until(lambda now: now["line"])
    asked, began = service.count(PLAYING), time.monotonic()
    while time.monotonic() < began + 3:
        stream.next_update({})
        time.sleep(0.03)
    listener.close()
    assert service.count(PLAYING) - asked <= 4


def test_the_host_may_call_its_hooks_as_often_as_it_likes(wanted: Callable[[], Page]) -> None:
    wanted()
    for _ in range(3):
        companion.serve_from_scope()
    time.sleep(0.3)
    assert len(page_threads()) == 1


def test_after_a_reload_the_new_copy_of_the_plugin_takes_over(
    wanted: Callable[[], Page], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wanted()
    [old] = page_threads()
    monkeypatch.setattr(companion, "_begun", threading.Lock())
    page = wanted()
    eventually(lambda: page_threads() not in ([old], []))
    assert not old.is_alive()
    assert page.get("/healthz").ok
    assert "not served" not in caplog.text


def test_a_taken_port_is_one_warning(wanted: Callable[[], Page], caplog: pytest.LogCaptureFixture) -> None:
    port = settings.current().lyrics_app_port
    with socket.create_server(("127.0.0.1", port)):
        companion.serve_from_scope()
        eventually(lambda: caplog.records)
        time.sleep(0.2)
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert f"port {port}" in record.getMessage()
    assert page_threads() == []


def test_missing_libraries_are_one_warning(
    wanted: Callable[[], Page], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for name in [name for name in sys.modules if name.startswith("lyrics_app")]:
        monkeypatch.delitem(sys.modules, name)
    companion.serve_from_scope()
    [record] = eventually(lambda: list(caplog.records))
    assert "lyrics-app" in record.getMessage()


def test_the_host_s_own_log_stays_as_it_is(wanted: Callable[[], Page]) -> None:
    loggers = [logging.getLogger(f"uvicorn{part}") for part in ("", ".error", ".access", ".asgi")]
    handler = logging.NullHandler()
    loggers[2].addHandler(handler)
    before = [(each.level, each.propagate, list(each.handlers)) for each in loggers]
    wanted()
    assert [(each.level, each.propagate, list(each.handlers)) for each in loggers] == before
    loggers[2].removeHandler(handler)


def test_nobody_who_did_not_ask_gets_a_server(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companion, "_GRACE_SECONDS", 0.0)
    settings.current.cache_clear()
    companion.serve_from_scope()
    settings.current.cache_clear()
    time.sleep(0.2)
    assert page_threads() == []


def test_the_plugin_serves_it_as_scope_loads_it(
    service: MusicService, wanted: Callable[[], Page], load_plugin: Callable[[], Any], unused_port: int
) -> None:
    torch = pytest.importorskip("torch")
    service.play(Song("Song", "Artist", lrc="[00:00]Words of it"))
    pipeline = scope_host.build(load_plugin(), template_theme="minimal", lyrics_rotating_style=False)
    page = Page(unused_port)
    eventually(page_threads)
    eventually(lambda: page.get("/healthz").ok)
    frame = torch.zeros((1, 8, 8, 3), dtype=torch.uint8)
    prompts = []
    for _ in range(60):
        output = pipeline(video=[frame])
        prompts += [prompt["text"] for prompt in output.get("prompts", [])]
        time.sleep(0.02)
    now = page.now()
    assert prompts[-1] == "Words of it"
    assert (now["prompt"], now["prompt_is_sent"]) == ("Words of it", True)
    stop_pages()

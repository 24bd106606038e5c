"""Following another computer: a lyrics page, and an EchoNest server, over real HTTP."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from spotify_scope_plugin.playback.player import Refused, Unavailable
from spotify_scope_plugin.playback.remote.address import Address
from spotify_scope_plugin.playback.remote.events import EventParser, TooLongError
from spotify_scope_plugin.playback.remote.follow import FollowPlayer, echonest_playback

from ...support.music_service import MusicService, Song
from ...support.page import Page, serving
from ...support.proxy import network_to
from ...support.waiting import eventually


@pytest.fixture(autouse=True)
def _quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_POLL_SECONDS", "0.25")


@pytest.fixture
def follow() -> Iterator[Callable[..., FollowPlayer]]:
    players: list[FollowPlayer] = []

    def begin(address: str, token: str = "", **options: Any) -> FollowPlayer:
        players.append(FollowPlayer(Address.parse(address, token), **options))
        return players[-1]

    yield begin
    for player in players:
        player.close()


def title(player: FollowPlayer) -> str:
    track = player.read().track
    return track.title if track else ""


class TestAPage:
    @pytest.fixture
    def page(self, service: MusicService, logged_in: dict[str, str]) -> Iterator[Page]:
        with serving() as page:
            yield page

    def test_what_plays_there_and_where(
        self, service: MusicService, page: Page, follow: Callable[..., FollowPlayer]
    ) -> None:
        service.play(Song("Song", "A; B"), position=30)
        player = follow(page.url)
        eventually(lambda: title(player) == "Song")
        playback = player.read()
        assert playback.track is not None
        assert playback.track.artists == ("A", "B")
        assert playback.track.uri.startswith("spotify:track:")
        assert playback.position_at(time.monotonic()) == pytest.approx(service.position(), abs=0.1)

    def test_pause_seek_and_skip_are_news(
        self, service: MusicService, page: Page, follow: Callable[..., FollowPlayer]
    ) -> None:
        service.play(Song("Song", "A"))
        player = follow(page.url)
        heard: list[float] = []
        player.on_news = lambda: heard.append(time.monotonic())
        eventually(lambda: title(player) == "Song")
        service.pause()
        eventually(lambda: not player.read().is_playing)
        service.play(Song("Next", "A"), 50)
        eventually(lambda: title(player) == "Next")
        assert heard

    def test_a_token_in_the_address(
        self, service: MusicService, logged_in: dict[str, str], follow: Callable[..., FollowPlayer]
    ) -> None:
        service.play(Song("Song", "A"))
        with serving(lyrics_app_token="secret") as page:
            player = follow(f"{page.url}/?token=secret")
            eventually(lambda: title(player) == "Song")
            with pytest.raises(Refused, match="token") as caught:
                follow(page.url, "wrong").read()
            assert "wrong" not in str(caught.value)

    def test_a_cut_network_lets_the_song_go_on_and_comes_back(
        self, service: MusicService, page: Page, follow: Callable[..., FollowPlayer]
    ) -> None:
        service.play(Song("Song", "A"))
        with network_to(page.port) as network:
            player = follow(f"http://127.0.0.1:{network.port}")
            eventually(lambda: title(player) == "Song")
            network.cut()

            def fails() -> bool:
                try:
                    player.read()
                except Unavailable:
                    return True
                return False

            eventually(fails)
            service.play(Song("Next", "A"))
            network.mend()
            eventually(lambda: not fails() and title(player) == "Next", within=8)

    def test_nobody_there(self, follow: Callable[..., FollowPlayer], unused_port: int) -> None:
        with pytest.raises(Unavailable, match="cannot be reached"):
            follow(f"http://127.0.0.1:{unused_port}").read()

    def test_it_hangs_up_when_nobody_asks(
        self, service: MusicService, page: Page, follow: Callable[..., FollowPlayer]
    ) -> None:
        player = follow(page.url, idle_after=0.5)
        player.read()
        eventually(lambda: player._thread is None, within=13)  # at the next heartbeat


class EchoNest(BaseHTTPRequestHandler):
    """An EchoNest server, as far as its documentation says what it answers."""

    playing: dict[str, Any] = {}  # noqa: RUF012
    news = threading.Event()

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Bearer nest":
            self._send(401, b"{}")
        elif self.path == "/api/playing":
            self._send(200, json.dumps({**self.playing, "now": datetime.now(timezone.utc).isoformat()}).encode())
        elif self.path == "/api/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b": keepalive\n\n")
                    if self.news.wait(0.2):
                        self.news.clear()
                        self.wfile.write(b"event: now_playing\ndata: {}\n\n")
            except OSError:
                pass
        else:
            self._send(404, b"not here")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class TestEchoNest:
    @pytest.fixture
    def nest(self) -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), EchoNest)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def test_it_is_followed(self, nest: str, follow: Callable[..., FollowPlayer]) -> None:
        EchoNest.playing = {"trackid": "abc", "title": "Song", "artist": "A", "src": "spotify", "pos": 12.5}
        player = follow(nest, "nest")
        assert title(player) == "Song"
        playback = player.read()
        assert playback.position_at(time.monotonic()) == pytest.approx(12.5, abs=0.5)
        assert playback.track is not None
        assert playback.track.uri == "spotify:track:abc"
        EchoNest.playing = {**EchoNest.playing, "paused": True, "pos": 20}
        EchoNest.news.set()
        eventually(lambda: not player.read().is_playing)

    @pytest.mark.parametrize(
        ("answer", "position", "duration"),
        [
            ({"starttime": 1000, "endtime": 1200, "now": "1970-01-01T00:17:10Z"}, 30, 200),
            ({"starttime": "1970-01-01T00:16:40", "endtime": None, "now": "1970-01-01T00:17:10+00:00"}, 30, 0),
            ({"pos": 7}, 7, 0),
            ({"pos": "x", "starttime": "yesterday"}, 0, 0),
            ({"pos": -5, "starttime": True}, 0, 0),
        ],
    )
    def test_times_are_seconds_or_iso(self, answer: dict[str, Any], position: float, duration: float) -> None:
        playback = echonest_playback({"title": "Song", **answer}, 100.0, 0.1)
        assert playback.position == position
        assert playback.track is not None
        assert playback.track.duration == duration


class TestEvents:
    def test_they_come_in_any_pieces(self) -> None:
        text = b'event: now\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: a comment\n\nevent: x\ndata: 2\n\n'
        for size in (1, 2, 7, 1000):
            parser = EventParser()
            found = [
                event for start in range(0, len(text), size) for event in parser.feed(text[start : start + size])
            ]
            assert found == [("now", '{"a":\n1}'), ("x", "2")]

    def test_an_endless_one_is_given_up(self) -> None:
        parser = EventParser()
        for _ in range(15):
            assert list(parser.feed(b"x" * 65536)) == []
        with pytest.raises(TooLongError):
            list(parser.feed(b"x" * 2 * 65536))

"""Through a lock-out: Spotify refuses for half a day, and the show goes on, over real HTTP."""

import json
import time
from collections.abc import Iterator

import pytest

from spotify_scope_plugin import settings
from spotify_scope_plugin.now_playing import NowPlaying, make_session
from spotify_scope_plugin.playback.snapshot import Health

from .support.music_service import Fault, MusicService, Song
from .support.waiting import eventually

PLAYING = "/v1/me/player/currently-playing"
SPENT = Fault(
    429,
    json.dumps({"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}).encode(),
    {"Retry-After": "48925"},
)
ONE = Song("One", "A", lrc="[00:00]Line of one", duration=10.0)
TWO = Song("Two", "A", lrc="[00:00.10]Line of two", duration=3.0)
THREE = Song("Three", "A", lrc="[00:00.10]Line of three", duration=60.0)


@pytest.fixture
def session(logged_in: dict[str, str]) -> Iterator[NowPlaying]:
    session = make_session(settings.load({**logged_in, "SPOTIFY_POLL_SECONDS": "0.3"})[0])
    yield session
    session.close()


def line(session: NowPlaying) -> str:
    moment = session.moment()
    return moment.line.text if moment.line else ""


def test_the_song_and_those_behind_it_go_on(
    service: MusicService, session: NowPlaying, caplog: pytest.LogCaptureFixture
) -> None:
    service.catalogue = [ONE, TWO, THREE]
    service.queue = [TWO, THREE]
    service.play(ONE, 5.5)
    eventually(lambda: session.snapshot().queue)
    ends_at = service.started_at() + 10.0
    service.broken[PLAYING] = service.broken["/v1/me/player/queue"] = SPENT
    eventually(lambda: session.snapshot().health is Health.QUOTA_EXCEEDED)
    moment = session.moment()
    assert moment.is_estimated
    assert "QUOTA_EXCEEDED" in moment.problem
    asked = len([path for _, path, _ in service.requests if path.startswith("/v1/")])
    eventually(lambda: line(session) == "Line of two", within=8)
    # The first line of the next song is there when it is sung, its lyrics were looked up before.
    assert time.monotonic() - (ends_at + 0.1) == pytest.approx(0, abs=0.15)
    eventually(lambda: line(session) == "Line of three", within=8)
    assert time.monotonic() - (ends_at + 3.1) == pytest.approx(0, abs=0.15)
    assert session.moment().is_estimated
    assert len([path for _, path, _ in service.requests if path.startswith("/v1/")]) == asked
    told = [record.getMessage() for record in caplog.records if "QUOTA_EXCEEDED" in record.getMessage()]
    assert len(told) == 1
    ends = [time.strftime("%H:%M", time.localtime(time.time() + 48_925 - ago)) for ago in (0, 15)]
    assert any(end in told[0] for end in ends)


def test_a_restart_keeps_the_pause_and_the_day_after_is_slower(
    service: MusicService, logged_in: dict[str, str]
) -> None:
    service.broken[PLAYING] = SPENT
    service.play(ONE)
    variables = {name: value for name, value in logged_in.items() if name != "SPOTIFY_POLL_SECONDS"}
    for _ in range(2):
        session = make_session(settings.load(variables)[0])
        eventually(lambda session=session: session.snapshot().health is Health.QUOTA_EXCEEDED)
        assert session.snapshot().retry_at == pytest.approx(time.monotonic() + 48_925, abs=10)
        session.close()
    assert service.count(PLAYING) == 1

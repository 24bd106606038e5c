"""The session: player and lyrics joined."""

import math
import time
from collections.abc import Iterator
from typing import Any

import pytest

from spotify_scope_plugin import settings
from spotify_scope_plugin.lyrics.model import LyricsKind
from spotify_scope_plugin.now_playing import Moment, NowPlaying, make_session
from spotify_scope_plugin.playback.snapshot import Health

from .support.music_service import Fault, MusicService, Song
from .support.waiting import eventually

SONG = Song("Song", "Artist", lrc="[00:00]One\n[00:10]Two\n[00:20]\n[00:30]Three", duration=60)


@pytest.fixture
def session(logged_in: dict[str, str]) -> Iterator[NowPlaying]:
    session = make_session(settings.load(logged_in)[0])
    yield session
    session.close()


def known(session: NowPlaying, lead: float = 0.0) -> Moment:
    eventually(lambda: session.moment().lyrics_kind not in {LyricsKind.PENDING, LyricsKind.NOT_FOUND})
    return session.moment(lead)


def test_nothing_is_asked_before_somebody_looks(session: NowPlaying, service: MusicService) -> None:
    time.sleep(0.2)
    assert service.requests == []


def test_before_the_first_answer_it_is_starting(session: NowPlaying, service: MusicService) -> None:
    service.delay = 0.5
    assert session.moment().health is Health.STARTING


def test_a_moment_joins_playback_and_lyrics(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG, position=12)
    moment = known(session)
    assert moment.track is not None
    assert moment.track.title == "Song"
    assert moment.is_playing
    assert moment.position == pytest.approx(service.position(), abs=0.1)
    assert moment.line is not None
    assert moment.line.text == "Two"
    assert moment.next_line is not None
    assert moment.next_line.text == "Three"
    assert moment.next_line_in == pytest.approx(30 - moment.position)


def test_a_song_that_stands_still_brings_no_next_line(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG, position=9.7)
    service.pause()
    assert known(session).next_line_in == math.inf


def test_a_lead_moves_the_lyrics_and_not_the_song(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG, position=5)
    moment = known(session, lead=6)
    assert moment.position < 8
    assert moment.line is not None
    assert moment.line.text == "Two"


def test_after_the_last_line_nothing_comes(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG, position=50)
    assert known(session).next_line_in == math.inf


def test_the_same_song_is_looked_up_once(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG)
    known(session)
    service.play(Song("Other", "Artist", lrc="[00:00]Words"))
    eventually(lambda: session.moment().track and session.moment().track.title == "Other")
    known(session)
    service.play(SONG)
    eventually(lambda: session.moment().track and session.moment().track.title == "Song")
    known(session)
    # Found with the first request each; the third time it is remembered.
    assert service.count("/api/get") == 2


def test_long_after_a_songs_end_without_news_nothing_plays(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG, position=58.5)
    known(session)
    service.broken["/v1/me/player/currently-playing"] = Fault(503)
    now = time.monotonic()
    assert session.moment(now=now + 2).position == 60
    assert session.moment(now=now + 10).track is None


def test_the_demo_needs_no_network() -> None:
    session = make_session(
        settings.load({"SPOTIFY_SCOPE_SOURCE": "demo", "LRCLIB_BASE_URL": "http://127.0.0.1:9"})[0]
    )
    try:
        moment: Any = known(session)
        assert moment.track.title == "Amazing Grace"
        assert session.poll_figures.errors == 0
    finally:
        session.close()

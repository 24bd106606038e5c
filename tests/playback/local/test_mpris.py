"""Players on Linux: a real mpv and a stand-in for Spotify's app, on a real session bus."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spotify_scope_plugin import settings
from spotify_scope_plugin.lyrics.finder import LyricsFinder
from spotify_scope_plugin.lyrics.own import DEMO_SONGS, OwnLyrics
from spotify_scope_plugin.now_playing import NowPlaying
from spotify_scope_plugin.playback.local.listener import LocalPlayer
from spotify_scope_plugin.playback.local.mpris import MprisListener, playback_from
from spotify_scope_plugin.playback.pace import FixedPace
from spotify_scope_plugin.playback.player import Unavailable
from spotify_scope_plugin.playback.source import Source
from spotify_scope_plugin.playback.sources import sources_for

from ...support.desktop import Mpv, SpotifyApp, sound
from ...support.music_service import MusicService
from ...support.waiting import eventually

LATEST = 0.3  # seconds from what a player does to the moment that shows it


@pytest.fixture
def listener() -> Iterator[MprisListener]:
    listener = MprisListener()
    yield listener
    listener.close()


@pytest.fixture
def session(listener: MprisListener) -> Iterator[NowPlaying]:
    source = Source(LocalPlayer(listener), FixedPace(1.0, 1.0), "This computer")
    session = NowPlaying([source], LyricsFinder(OwnLyrics(DEMO_SONGS), OwnLyrics(DEMO_SONGS)))
    yield session
    session.close()


def title(session: NowPlaying) -> str:
    track = session.moment().track
    return track.title if track else ""


def seconds_until(shows: Callable[[], Any]) -> float:
    began = time.monotonic()
    eventually(shows)
    return time.monotonic() - began


class TestARealPlayer:
    @pytest.fixture
    def mpv(self, start_mpv: Callable[..., Mpv], tmp_path: Path) -> Mpv:
        one = sound(tmp_path / "one.wav", 60, title="First Song", artist="Somebody")
        two = sound(tmp_path / "two.wav", 45, title="Second Song", artist="Somebody Else")
        return start_mpv(one, two)

    def test_what_it_plays_and_where(self, mpv: Mpv, session: NowPlaying) -> None:
        eventually(lambda: title(session) == "First Song")
        moment = session.moment()
        assert moment.track is not None
        assert moment.track.artists == ("Somebody",)
        assert moment.track.album == "The Album"
        assert moment.track.duration == pytest.approx(60, abs=0.1)
        errors = []
        for _ in range(20):
            errors.append(abs(session.moment().position - mpv.position()))
            time.sleep(0.05)
        assert sorted(errors)[18] <= 0.12

    def test_pause_seek_and_skip_are_seen_at_once(self, mpv: Mpv, session: NowPlaying) -> None:
        eventually(lambda: title(session) == "First Song")
        mpv.tell("set_property", "pause", True)
        assert seconds_until(lambda: not session.moment().is_playing) <= LATEST
        stopped = session.moment().position
        assert stopped == pytest.approx(mpv.position(), abs=0.15)
        mpv.tell("set_property", "pause", False)
        assert seconds_until(lambda: session.moment().is_playing) <= LATEST
        mpv.tell("seek", 30, "absolute")
        assert seconds_until(lambda: abs(session.moment().position - 30) < 1) <= LATEST
        mpv.tell("playlist-next")
        assert seconds_until(lambda: title(session) == "Second Song") <= LATEST
        assert session.moment().position < 1.5

    def test_when_it_quits_nothing_plays(self, mpv: Mpv, session: NowPlaying) -> None:
        eventually(lambda: title(session) == "First Song")
        mpv.close()
        assert seconds_until(lambda: session.moment().track is None) <= 1.0

    def test_it_costs_spotify_no_question(
        self, mpv: Mpv, service: MusicService, logged_in: dict[str, str]
    ) -> None:
        variables = {**logged_in, "SPOTIFY_SCOPE_SOURCE": "local"}
        loaded = settings.load(variables)[0]
        session = NowPlaying(sources_for(loaded), LyricsFinder(OwnLyrics(DEMO_SONGS), OwnLyrics(DEMO_SONGS)))
        try:
            eventually(lambda: title(session) == "First Song")
            assert service.count("/v1/me/player/currently-playing") == 0
        finally:
            session.close()


class TestSpotifysApp:
    def test_its_track_is_known_by_its_address(
        self, start_spotify: Callable[..., SpotifyApp], session: NowPlaying
    ) -> None:
        start_spotify().play("4PTG3Z6ehGkBFwjybzWkR8", "Never Gonna Give You Up - 2022 Remaster", "Rick Astley")
        eventually(lambda: title(session))
        track = session.moment().track
        assert track is not None
        assert (track.id, track.uri) == ("4PTG3Z6ehGkBFwjybzWkR8", "spotify:track:4PTG3Z6ehGkBFwjybzWkR8")
        assert track.title == "Never Gonna Give You Up - 2022 Remaster"  # what Spotify writes stays
        assert track.artwork_url == "https://i.scdn.co/image/1"

    def test_a_position_that_lies_is_counted_on_by_the_clock(
        self, start_spotify: Callable[..., SpotifyApp], session: NowPlaying
    ) -> None:
        app = start_spotify(lies=True)
        eventually(lambda: session.moment() is not None)
        app.play("1", "Song")
        eventually(lambda: title(session) == "Song")
        time.sleep(2.5)
        assert session.moment().position == pytest.approx(app.position(), abs=0.1)
        app.pause()
        eventually(lambda: not session.moment().is_playing)
        time.sleep(0.5)
        app.resume()
        eventually(lambda: session.moment().is_playing)
        time.sleep(1.0)
        assert session.moment().position == pytest.approx(app.position(), abs=0.15)
        app.seek(60)
        eventually(lambda: session.moment().position == pytest.approx(app.position(), abs=0.15))
        app.play("2", "Other")
        eventually(lambda: title(session) == "Other")
        time.sleep(1.5)
        assert session.moment().position == pytest.approx(app.position(), abs=0.1)

    def test_one_that_hangs_holds_up_no_other(
        self, start_spotify: Callable[..., SpotifyApp], session: NowPlaying
    ) -> None:
        start_spotify(name="org.mpris.MediaPlayer2.frozen").hangs = True
        app = start_spotify()
        app.play("1", "Song")
        eventually(lambda: title(session) == "Song", 8)
        app.play("2", "Other")
        assert seconds_until(lambda: title(session) == "Other") <= LATEST

    def test_a_signal_in_the_middle_of_a_question_is_not_lost(
        self, start_spotify: Callable[..., SpotifyApp], session: NowPlaying
    ) -> None:
        frozen = start_spotify(name="org.mpris.MediaPlayer2.frozen")
        app = start_spotify()
        app.play("1", "Song")
        eventually(lambda: title(session) == "Song")
        app.pause()
        eventually(lambda: not session.moment().is_playing)
        frozen.hangs = True
        frozen.play("2", "Never told")  # now it is asked, for as long as that may take
        time.sleep(0.3)
        app.resume()
        assert seconds_until(lambda: session.moment().is_playing) <= 1.5

    def test_a_player_that_comes_while_it_plays_is_seen(
        self, start_spotify: Callable[..., SpotifyApp], session: NowPlaying
    ) -> None:
        session.moment()
        time.sleep(0.5)
        app = start_spotify(playing=("1", "Song"))
        eventually(lambda: title(session) == "Song", within=1.5)
        assert app.told

    def test_one_that_talks_nonsense_blinds_nobody(
        self, start_spotify: Callable[..., SpotifyApp], session: NowPlaying
    ) -> None:
        app = start_spotify()
        app.play("1", "Song")
        eventually(lambda: title(session) == "Song")
        start_spotify(name="org.mpris.MediaPlayer2.odd", nonsense=True).play("2", "Odd")
        time.sleep(0.5)
        app.pause()
        assert seconds_until(lambda: not session.moment().is_playing) <= LATEST

    def test_an_ad_is_no_song(self) -> None:
        class V:
            def __init__(self, value: Any) -> None:
                self.value = value

        metadata = {"mpris:trackid": V("/com/spotify/ad/123"), "xesam:title": V("Advertisement")}
        assert (
            playback_from({"Metadata": V(metadata), "PlaybackStatus": V("Playing")}, "spotify", 0, 0).track is None
        )


class TestTheChoice:
    def test_the_one_that_plays_wins_and_stays(
        self, start_spotify: Callable[..., SpotifyApp], listener: MprisListener
    ) -> None:
        one = start_spotify(name="org.mpris.MediaPlayer2.one")
        other = start_spotify(name="org.mpris.MediaPlayer2.other")
        player = LocalPlayer(listener)

        def shown() -> str:
            track = player.read().track
            return track.title if track else ""

        one.play("1", "One")
        eventually(lambda: shown() == "One")
        other.play("2", "Other")
        eventually(lambda: len(player.players()) == 2)
        time.sleep(0.6)
        assert shown() == "One"  # it plays on
        one.pause()
        eventually(lambda: shown() == "Other")
        one.resume()
        time.sleep(0.6)
        assert shown() == "Other"

    def test_one_can_be_named(self, start_spotify: Callable[..., SpotifyApp], listener: MprisListener) -> None:
        start_spotify(name="org.mpris.MediaPlayer2.one").play("1", "One")
        start_spotify(name="org.mpris.MediaPlayer2.vlc").play("2", "Other")
        player = LocalPlayer(listener, "VLC")
        eventually(lambda: player.read().track)
        assert [each.name for each in player.players()] == ["vlc"]

    def test_it_sleeps_when_nobody_asks(self, start_spotify: Callable[..., SpotifyApp]) -> None:
        app = start_spotify()
        app.play("1", "One")
        listener = MprisListener(idle_after=0.5)
        player = LocalPlayer(listener)
        eventually(lambda: player.read().track)
        time.sleep(1.5)
        asked = len(app.told)
        time.sleep(0.8)
        assert len(app.told) == asked
        eventually(lambda: player.read().track)
        listener.close()


def test_without_a_session_bus_it_says_so(
    monkeypatch: pytest.MonkeyPatch, listener: MprisListener, tmp_path: Path
) -> None:
    pytest.importorskip("dbus_fast")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    with pytest.raises(Unavailable, match="no D-Bus session"):
        LocalPlayer(listener).read()


def test_without_its_package_it_says_so(monkeypatch: pytest.MonkeyPatch, listener: MprisListener) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "dbus_fast", None)
    monkeypatch.setitem(sys.modules, "dbus_fast.aio", None)
    with pytest.raises(Unavailable, match=r"\.\[local\]"):
        LocalPlayer(listener).read()


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"Metadata": {}},
        {"PlaybackStatus": 7, "Position": "x", "Metadata": {"xesam:title": 3, "mpris:length": -1}},
        {"Metadata": {"xesam:title": "T", "xesam:artist": "text", "mpris:length": 1e300, "xesam:url": None}},
        {"Metadata": {"xesam:title": "T" * 100_000, "xesam:artist": [None, 3, "A"]}},
    ],
)
def test_whatever_a_player_says_becomes_a_playback(properties: dict[str, Any]) -> None:
    playback = playback_from(properties, "strange", 1.0, 0.1)
    assert playback.position >= 0
    assert playback.track is None or 0 < len(playback.track.title) <= 1000

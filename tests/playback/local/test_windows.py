"""Windows, by stand-ins of the documented shapes."""

import sys
import types
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from spotify_scope_plugin.playback.local.listener import LocalPlayer
from spotify_scope_plugin.playback.local.windows import WindowsListener
from spotify_scope_plugin.playback.player import Unavailable

from ...support.waiting import eventually


class Session:
    """GlobalSystemMediaTransportControlsSession, as the documentation describes it."""

    def __init__(self, app: str, title: str, artist: str = "Artist") -> None:
        self.source_app_user_model_id = app
        self.title, self.artist, self.album = title, artist, ""
        self.status = 4
        self.position = timedelta(seconds=40)
        self.updated = datetime.now(timezone.utc)
        self.length = timedelta(seconds=200)
        self.is_gone = False

    async def try_get_media_properties_async(self) -> Any:
        if self.is_gone:
            raise OSError("the session is gone")
        return types.SimpleNamespace(title=self.title, artist=self.artist, album_title=self.album, album_artist="")

    def get_playback_info(self) -> Any:
        return types.SimpleNamespace(playback_status=self.status)

    def get_timeline_properties(self) -> Any:
        return types.SimpleNamespace(
            start_time=timedelta(), end_time=self.length, position=self.position, last_updated_time=self.updated
        )


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    found: list[Session] = []

    class Manager:
        @staticmethod
        async def request_async() -> Any:
            return types.SimpleNamespace(get_sessions=lambda: list(found))

    control = types.ModuleType("winrt.windows.media.control")
    control.GlobalSystemMediaTransportControlsSessionManager = Manager  # type: ignore[attr-defined]
    for name in ("winrt", "winrt.windows", "winrt.windows.media"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "winrt.windows.media.control", control)
    return found


@pytest.fixture
def listener() -> Iterator[WindowsListener]:
    listener = WindowsListener()
    yield listener
    listener.close()


def test_a_position_counts_from_the_time_at_which_it_was_true(
    sessions: list[Session], listener: WindowsListener
) -> None:
    session = Session("Spotify.exe", "Song - Live")
    session.updated -= timedelta(seconds=4)
    sessions.append(session)
    playback = LocalPlayer(listener).read()
    assert playback.track is not None
    assert (playback.track.title, playback.track.artists, playback.track.duration) == (
        "Song - Live",
        ("Artist",),
        200,
    )
    assert playback.position == pytest.approx(44, abs=0.3)


def test_paused_it_does_not(sessions: list[Session], listener: WindowsListener) -> None:
    session = Session("Spotify.exe", "Song")
    session.updated -= timedelta(seconds=4)
    session.status = 5
    sessions.append(session)
    playback = LocalPlayer(listener).read()
    assert (playback.is_playing, playback.position) == (False, 40)


def test_changes_are_noticed(sessions: list[Session], listener: WindowsListener) -> None:
    session = Session("Spotify.exe", "Song")
    sessions.append(session)
    player = LocalPlayer(listener)
    heard: list[int] = []
    player.on_news = lambda: heard.append(1)
    player.read()
    known = len(heard)
    session.position, session.updated = timedelta(seconds=90), datetime.now(timezone.utc)
    eventually(lambda: len(heard) > known, within=0.6)
    assert player.read().position >= 90


def test_a_timeline_that_nobody_wrote_tells_no_position(
    sessions: list[Session], listener: WindowsListener
) -> None:
    session = Session("vlc.exe", "Song")
    session.updated = datetime(1601, 1, 1, tzinfo=timezone.utc)
    session.position = timedelta()
    sessions.append(session)
    assert LocalPlayer(listener).read().uncertainty == float("inf")


def test_a_browser_s_title_is_taken_apart_and_one_that_has_gone_is_passed_over(
    sessions: list[Session], listener: WindowsListener
) -> None:
    gone = Session("gone.exe", "Gone")
    gone.is_gone = True
    sessions.extend([gone, Session("MSEdge", "Toto - Africa (Official Video)", "TotoVEVO")])
    track = LocalPlayer(listener).read().track
    assert track is not None
    assert (track.title, track.artists) == ("Africa", ("Toto",))


def test_without_its_package_it_says_so(monkeypatch: pytest.MonkeyPatch, listener: WindowsListener) -> None:
    monkeypatch.setitem(sys.modules, "winrt", None)
    with pytest.raises(Unavailable, match=r"\.\[local\]"):
        LocalPlayer(listener).read()

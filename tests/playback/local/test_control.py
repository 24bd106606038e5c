"""Listening along: a player here is kept where the music elsewhere is, over a real bus."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from spotify_scope_plugin.playback.local.control import CannotControl, MprisControl, WindowsControl, is_playable
from spotify_scope_plugin.playback.local.listener import LocalPlayer
from spotify_scope_plugin.playback.local.mpris import MprisListener
from spotify_scope_plugin.playback.model import NOTHING, Playback, Track
from spotify_scope_plugin.playback.remote.along import ListenAlong

from ...support.desktop import SpotifyApp

ONE = Track("a" * 22, f"spotify:track:{'a' * 22}", "One", ("A",), duration=200)
TWO = Track("b" * 22, f"spotify:track:{'b' * 22}", "Two", ("A",), duration=200)


def playing(track: Track, position: float) -> Playback:
    return Playback(track, is_playing=True, position=position, taken_at=time.monotonic())


@pytest.fixture
def listener(bus: str) -> Iterator[MprisListener]:
    listener = MprisListener()
    yield listener
    listener.close()


@pytest.fixture
def along(listener: MprisListener) -> ListenAlong:
    return ListenAlong(MprisControl("spotify"), LocalPlayer(listener, "spotify"))


def follow(along: ListenAlong, wanted: Playback, until: Callable[[], Any], within: float = 8.0) -> None:
    ends_at = time.monotonic() + within
    while not until():
        assert time.monotonic() < ends_at
        assert along.follow(wanted, time.monotonic()) == ""
        time.sleep(0.05)


def test_the_same_track_is_opened_and_found_at_the_same_position(
    start_spotify: Callable[..., SpotifyApp], along: ListenAlong
) -> None:
    app = start_spotify()
    wanted = playing(ONE, 60)
    follow(along, wanted, lambda: abs(app.position() - wanted.position_at(time.monotonic())) < 0.5)
    assert app.opened == [ONE.uri]
    follow(along, playing(TWO, 0.0), lambda: app.opened == [ONE.uri, TWO.uri])


def test_drift_is_corrected_and_small_drift_is_left_alone(
    start_spotify: Callable[..., SpotifyApp], along: ListenAlong
) -> None:
    app = start_spotify()
    app.play(ONE.id or "", "One", at=50.3)
    wanted = playing(ONE, 50)
    began = time.monotonic()
    follow(along, wanted, lambda: time.monotonic() > began + 1.5)
    assert app.sought == []
    app.seek(55)
    follow(along, wanted, lambda: abs(app.position() - wanted.position_at(time.monotonic())) < 0.5)
    assert len(app.sought) == 1
    assert app.opened == []


def test_pause_and_going_on_are_followed(start_spotify: Callable[..., SpotifyApp], along: ListenAlong) -> None:
    app = start_spotify()
    app.play(ONE.id or "", "One", at=50)
    wanted = playing(ONE, 50)
    follow(along, replace(wanted, is_playing=False), lambda: not app.is_playing)
    follow(along, wanted, lambda: app.is_playing)


def test_nothing_is_done_while_nothing_plays_there(
    start_spotify: Callable[..., SpotifyApp], along: ListenAlong
) -> None:
    app = start_spotify()
    app.play(ONE.id or "", "One")
    for _ in range(5):
        along.follow(NOTHING, time.monotonic())
    assert app.is_playing
    assert not {"OpenUri", "Pause", "Play", "SetPosition"} & set(app.told)


def test_a_track_that_is_another_one_here_is_not_opened_for_ever(
    start_spotify: Callable[..., SpotifyApp], along: ListenAlong, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spotify_scope_plugin.playback.remote import along as module

    monkeypatch.setattr(module, "_OPEN_GAP", 0.3)
    app = start_spotify()
    app.plays_another = True
    said = []
    for _ in range(40):
        said.append(along.follow(playing(ONE, 10), time.monotonic()))
        time.sleep(0.05)
    assert len(app.opened) == 2
    assert "not to be had here" in said[-1]


def test_when_nothing_plays_any_more_there_the_music_here_pauses_once(
    start_spotify: Callable[..., SpotifyApp], along: ListenAlong
) -> None:
    app = start_spotify()
    app.play(ONE.id or "", "One", at=50)
    follow(along, playing(ONE, 50), lambda: along._is_following)
    follow(along, NOTHING, lambda: not app.is_playing)
    app.resume()
    for _ in range(10):
        along.follow(NOTHING, time.monotonic())
        time.sleep(0.02)
    assert app.is_playing


@pytest.mark.parametrize(
    "uri", ["", "file:///etc/passwd", "https://x", "spotify:track:a b", "spotify:playlist:abc"]
)
def test_nothing_but_a_track_of_spotify_is_ever_opened(
    start_spotify: Callable[..., SpotifyApp], along: ListenAlong, uri: str
) -> None:
    app = start_spotify()
    assert not is_playable(uri)
    assert "no Spotify address" in along.follow(playing(replace(ONE, uri=uri), 0.0), time.monotonic())
    assert app.opened == []


def test_without_a_player_here_it_says_so(bus: str, along: ListenAlong) -> None:
    with pytest.raises(CannotControl, match="No player named 'spotify'"):
        along.follow(playing(ONE, 0.0), time.monotonic())


def test_on_windows_tracks_are_opened_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from spotify_scope_plugin.playback.local import control

    opened: list[str] = []
    monkeypatch.setattr(control.os, "startfile", opened.append, raising=False)
    windows = WindowsControl()
    assert not windows.can_seek
    windows.open(ONE.uri)
    assert opened == [ONE.uri]

"""Tracks and playbacks."""

import math

from spotify_scope_plugin.playback.model import NOTHING, Playback, Track

TRACK = Track("1", "spotify:track:1", "Song", ("A", "B"), duration=60)


def test_a_playing_song_runs_on_to_its_end() -> None:
    playback = Playback(TRACK, is_playing=True, position=50, taken_at=1000)
    assert playback.position_at(1005) == 55
    assert playback.position_at(2000) == 60
    assert playback.ends_at() == 1010


def test_a_paused_song_stands_still() -> None:
    playback = Playback(TRACK, is_playing=False, position=50, taken_at=1000)
    assert playback.position_at(2000) == 50
    assert playback.ends_at() == math.inf


def test_a_song_of_unknown_length_has_no_end() -> None:
    playback = Playback(Track(None, "", "Local"), is_playing=True, position=50, taken_at=1000)
    assert playback.position_at(2000) == 1050
    assert playback.ends_at() == math.inf


def test_nothing_has_no_position() -> None:
    assert NOTHING.position_at(1000) == 0


def test_a_track_is_recognised_with_details_missing() -> None:
    assert TRACK.is_same_as(Track("1", "spotify:track:1", "Song (remaster)"))
    assert not TRACK.is_same_as(Track("2", "spotify:track:2", "Song", ("A", "B")))
    assert not TRACK.is_same_as(None)


def test_tracks_without_address_are_told_apart_by_name() -> None:
    assert Track(None, "", "Song", ("A",)).is_same_as(Track(None, "", "Song", ("A",), duration=3))
    assert not Track(None, "", "Song", ("A",)).is_same_as(Track(None, "", "Song", ("B",)))


def test_what_no_track_has_is_cut() -> None:
    long = "x" * 1_000_000
    track = Track(long, long, long, (long,) * 1000, long, artwork_url=f"https://{long}")
    assert max(len(text) for text in (track.id or "", track.uri, track.title, track.album, *track.artists)) == 500
    assert len(track.artists) == 20
    assert track.artwork_url is None

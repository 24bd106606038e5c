"""What follows when: the queue laid out in time."""

import math
from dataclasses import replace

import pytest

from spotify_scope_plugin.playback.model import NOTHING, Playback, Track
from spotify_scope_plugin.playback.snapshot import Health, Snapshot

ONE, TWO, THREE = (Track(n, f"spotify:track:{n}", f"Song {n}", duration=100) for n in "123")
PLAYING = Playback(ONE, is_playing=True, position=40, taken_at=1000)  # ends at 1060


def test_a_track_that_ends_is_followed_by_the_queue() -> None:
    snapshot = Snapshot(PLAYING, Health.OK, (TWO, THREE))
    assert snapshot.playback_at(1059.9).track == ONE
    assert snapshot.playback_at(1060).track == TWO
    assert snapshot.playback_at(1070).position_at(1070) == 10
    assert snapshot.playback_at(1161).track == THREE
    assert [snapshot.changes_at(now) for now in (1000, 1060, 1160)] == [1060, 1160, 1263]
    assert [snapshot.next_track_at(now) for now in (1000, 1060, 1160)] == [TWO, THREE, None]


def test_after_the_last_one_nothing_is_known_to_play() -> None:
    snapshot = Snapshot(PLAYING, Health.OK)
    assert snapshot.playback_at(1062.9).track == ONE
    assert snapshot.playback_at(1063.1) == NOTHING
    assert snapshot.changes_at(1064) == math.inf


@pytest.mark.parametrize("seam", [-6.0, 0.5])
def test_a_seam_moves_all_that_follows(seam: float) -> None:
    snapshot = Snapshot(PLAYING, Health.OK, (TWO, THREE), seam=seam)
    assert snapshot.changes_at(1000) == 1060 + seam
    assert snapshot.playback_at(1060 + seam).position_at(1060 + seam + 2) == pytest.approx(2)
    assert snapshot.changes_at(1061 + abs(seam)) == 1160 + 2 * seam


def test_a_track_that_stands_still_is_followed_by_none() -> None:
    snapshot = Snapshot(replace(PLAYING, is_playing=False), Health.OK, (TWO,))
    assert snapshot.playback_at(9999).track == ONE
    assert snapshot.next_track_at(9999) == TWO


def test_a_track_of_unknown_length_ends_what_is_known() -> None:
    snapshot = Snapshot(PLAYING, Health.OK, (replace(TWO, duration=0.0), THREE))
    assert snapshot.playback_at(99_999).track == replace(TWO, duration=0.0)


@pytest.mark.parametrize(
    ("health", "now", "is_estimated"),
    [
        (Health.OK, 1001, False),
        (Health.OK, 1061, False),  # any moment now the player will say so, too
        (Health.OK, 1080, True),
        (Health.QUOTA_EXCEEDED, 1001, True),
        (Health.UNREACHABLE, 1001, True),
        (Health.QUOTA_EXCEEDED, 1200, False),  # nothing plays
        (Health.STARTING, 1001, False),
    ],
)
def test_what_the_clock_alone_says_is_estimated(health: Health, now: float, is_estimated: bool) -> None:
    assert Snapshot(PLAYING, health, (TWO,)).is_estimated_at(now) is is_estimated

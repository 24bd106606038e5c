"""The song's clock, fed with readings whose truth is known."""

import math
import random
from dataclasses import replace

import pytest

from spotify_scope_plugin.playback.clock import Clock
from spotify_scope_plugin.playback.model import Playback, Track

TRACK = Track("1", "spotify:track:1", "Song", ("Artist",), duration=600)


def reading(
    position: float, at: float, *, is_playing: bool = True, track: Track = TRACK, uncertainty: float = 0.1
) -> Playback:
    return Playback(track, is_playing, position, at, uncertainty)


def measured(now: float, round_trip: float, before: float) -> Playback:
    """Return what a player reads of a song that began at time 0: the answer is true `before` into the trip."""
    return reading(now + before, now + round_trip / 2, uncertainty=round_trip / 2)


def test_the_first_reading_is_taken_as_it_is() -> None:
    assert Clock().update(reading(10, at=100), now=100.1).position_at(105) == 15


@pytest.mark.parametrize("error", [-0.25, -0.1, 0.1, 0.25])
def test_a_small_disagreement_never_runs_the_song_backwards(error: float) -> None:
    clock = Clock()
    before = clock.update(reading(10, at=100, uncertainty=0.02), now=100.1)
    shown = before.position_at(101.1)
    after = clock.update(reading(11 + error, at=101, uncertainty=0.02), now=101.1)
    assert after.position_at(101.1) >= shown
    assert abs(after.position_at(103) - (13 + error)) < abs(error)


@pytest.mark.parametrize("jump", [-60.0, -0.35, 0.35, 60.0])
def test_a_large_disagreement_is_a_seek_and_taken_at_once(jump: float) -> None:
    clock = Clock()
    clock.update(reading(100, at=100), now=100.1)
    assert clock.update(reading(101 + jump, at=101), now=101.1).position_at(102) == pytest.approx(102 + jump)


def test_a_pause_stops_the_song_where_the_player_says() -> None:
    clock = Clock()
    clock.update(reading(10, at=100), now=100.1)
    paused = clock.update(reading(10.4, at=101, is_playing=False), now=101.1)
    assert paused.position_at(200) == 10.4
    resumed = clock.update(reading(10.5, at=210), now=210.1)
    assert resumed.position_at(211) == pytest.approx(11.5)


def test_another_track_begins_where_the_player_says() -> None:
    clock = Clock()
    clock.update(reading(10, at=100), now=100.1)
    other = replace(TRACK, uri="spotify:track:2")
    assert clock.update(reading(11.1, at=101, track=other), now=101.1).position_at(101) == pytest.approx(11.1)


def test_a_reading_without_a_position_lets_the_song_run_on() -> None:
    clock = Clock()
    clock.update(reading(10, at=100), now=100.1)
    assert clock.update(reading(0, at=101, uncertainty=math.inf), now=101.1).position_at(102) == pytest.approx(12)
    assert clock.update(reading(50, at=103), now=103.1).position_at(104) == pytest.approx(51)


def test_a_position_that_comes_only_later_is_taken_at_once() -> None:
    clock = Clock()
    clock.update(reading(0, at=100, uncertainty=math.inf), now=100.1)
    assert clock.update(reading(50, at=101), now=101.1).position_at(102) == pytest.approx(51)


def test_a_very_slow_answer_is_no_proof_of_a_seek() -> None:
    clock = Clock()
    clock.update(reading(10, at=100, uncertainty=0.05), now=100.1)
    slow = measured(100, round_trip=4.0, before=3.9)
    after = clock.update(replace(slow, position=slow.position - 90), now=104)
    assert after.position_at(110) == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, None], ids=["answered first", "even", "answered last", "random"])
def test_the_error_stays_small_whatever_the_network_does(share: float | None) -> None:
    chance = random.Random(7)
    clock = Clock()
    errors: list[float] = []
    shown = clock.update(measured(0, 0.2, 0.1), now=0.2)
    for second in range(1, 200):
        round_trip = chance.uniform(0.05, 0.4)
        before = round_trip * (chance.random() if share is None else share)
        arrived = second + round_trip
        errors += [abs(shown.position_at(second + tenth / 10) - (second + tenth / 10)) for tenth in range(10)]
        shown = clock.update(measured(second, round_trip, before), now=arrived)
    errors.sort()
    assert errors[int(len(errors) * 0.95)] <= 0.08


def test_the_shown_position_never_steps_back_while_playing() -> None:
    chance = random.Random(11)
    clock = Clock()
    shown = clock.update(measured(0, 0.2, 0.1), now=0.2)
    last = 0.0
    for second in range(1, 200):
        arrived = second + 0.4
        assert shown.position_at(arrived) >= last
        last = shown.position_at(arrived)
        shown = clock.update(measured(second, 0.4, chance.uniform(0, 0.4)), now=arrived)
        assert shown.position_at(arrived) >= last

"""The polling thread, with a scripted player and real time."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from spotify_scope_plugin.playback.model import NOTHING, Playback, Track
from spotify_scope_plugin.playback.pace import FixedPace
from spotify_scope_plugin.playback.player import NotLoggedIn, Queue, RateLimited, Refused, Unavailable
from spotify_scope_plugin.playback.snapshot import Health
from spotify_scope_plugin.playback.source import Source
from spotify_scope_plugin.playback.watcher import Watcher

from ..support.waiting import eventually

TRACK = Track("1", "spotify:track:1", "Song", ("Artist",), duration=600)


class ScriptedPlayer:
    """Gives the scripted answers, and the last one for ever."""

    def __init__(self, *answers: Playback | Exception) -> None:
        self.answers = list(answers)
        self.asked_at: list[float] = []

    def read(self) -> Playback:
        self.asked_at.append(time.monotonic())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return replace(answer, taken_at=time.monotonic())


@pytest.fixture
def watch() -> Iterator[Any]:
    watchers: list[Watcher] = []

    def begin(player: Any, poll_seconds: float = 1.0, **settings: Any) -> Watcher:
        watchers.append(Watcher([Source(player, FixedPace(poll_seconds), "Spotify")], **settings))
        watchers[-1].touch()
        return watchers[-1]

    yield begin
    for watcher in watchers:
        watcher.close()


def asked_within(watcher: Watcher, player: ScriptedPlayer, seconds: float) -> int:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        watcher.touch()
        time.sleep(0.02)
    return len(player.asked_at)


def test_while_playing_it_asks_once_a_second(watch: Any) -> None:
    player = ScriptedPlayer(Playback(TRACK, is_playing=True))
    assert asked_within(watch(player), player, 3.5) == 4


@pytest.mark.parametrize("answer", [NOTHING, Playback(TRACK, is_playing=False)], ids=["nothing", "paused"])
def test_otherwise_it_asks_every_three_seconds(watch: Any, answer: Playback) -> None:
    player = ScriptedPlayer(answer)
    assert asked_within(watch(player), player, 3.5) == 2


def test_just_after_a_tracks_end_it_asks_again(watch: Any) -> None:
    player = ScriptedPlayer(Playback(replace(TRACK, duration=10), is_playing=True, position=9.6))
    watcher = watch(player)
    eventually(lambda: (watcher.touch(), len(player.asked_at) >= 2)[1])
    assert 0.4 < player.asked_at[1] - player.asked_at[0] < 0.8


def test_when_nobody_asks_it_sleeps_and_wakes_again(watch: Any) -> None:
    player = ScriptedPlayer(Playback(TRACK, is_playing=True))
    watcher = watch(player, poll_seconds=0.2, idle_after=0.5)
    time.sleep(1.2)
    asked = len(player.asked_at)
    assert asked <= 4
    time.sleep(0.6)
    assert len(player.asked_at) == asked
    watcher.touch()
    eventually(lambda: len(player.asked_at) > asked, within=0.5)


def test_a_rate_limit_is_obeyed_even_across_a_sleep(watch: Any) -> None:
    player = ScriptedPlayer(RateLimited(1.5), NOTHING)
    watcher = watch(player, idle_after=0.3)
    eventually(lambda: watcher.snapshot.health is Health.RATE_LIMITED)
    assert watcher.snapshot.retry_at == pytest.approx(player.asked_at[0] + 1.5, abs=0.1)
    time.sleep(0.8)  # the thread has gone to sleep by now
    eventually(lambda: (watcher.touch(), len(player.asked_at) == 2)[1])
    assert player.asked_at[1] - player.asked_at[0] >= 1.5


def test_errors_are_met_with_growing_pauses(watch: Any) -> None:
    player = ScriptedPlayer(Unavailable("down"))
    watcher = watch(player)
    asked_within(watcher, player, 8.0)
    pauses = [after - before for before, after in zip(player.asked_at, player.asked_at[1:], strict=False)]
    assert 0.5 <= pauses[0] <= 1.1
    assert 1.0 <= pauses[1] <= 2.1
    assert 2.0 <= pauses[2] <= 4.1


def test_what_was_known_stays_known_through_errors(watch: Any) -> None:
    player = ScriptedPlayer(Playback(TRACK, is_playing=True, position=5), Unavailable("down"))
    watcher = watch(player, poll_seconds=0.2)
    eventually(lambda: (watcher.touch(), watcher.snapshot.health is Health.UNREACHABLE)[1])
    snapshot = watcher.snapshot
    assert snapshot.playback.track == TRACK
    assert snapshot.problem == "down"
    assert snapshot.playback.position_at(time.monotonic() + 10) > 15


def test_a_missing_login_is_looked_for_every_two_seconds(watch: Any) -> None:
    player = ScriptedPlayer(NotLoggedIn("log in"))
    assert asked_within(watch(player), player, 4.5) == 3


def test_a_player_with_a_bug_does_not_end_the_watch(watch: Any) -> None:
    player = ScriptedPlayer(ZeroDivisionError("secret detail"), Playback(TRACK, is_playing=True))
    watcher = watch(player)
    eventually(lambda: (watcher.touch(), watcher.snapshot.health is Health.OK)[1])
    assert watcher.figures.polls == 2
    assert watcher.figures.errors == 1


def test_an_answer_that_only_confirms_is_no_news(watch: Any) -> None:
    started = time.monotonic()

    class SteadyPlayer(ScriptedPlayer):
        def read(self) -> Playback:
            answer = super().read()
            return replace(answer, position=answer.taken_at - started)

    player = SteadyPlayer(Playback(TRACK, is_playing=True))
    watcher = watch(player, poll_seconds=0.2)
    eventually(lambda: len(player.asked_at) >= 2)
    snapshot = watcher.snapshot
    eventually(lambda: (watcher.touch(), len(player.asked_at) >= 5)[1])
    assert watcher.snapshot is snapshot
    assert watcher.snapshot.playback.position_at(started + 7) == pytest.approx(7, abs=0.01)


@pytest.mark.parametrize("short_of_the_end", [0.0, 0.1, 0.6])
def test_a_player_that_stays_at_the_end_of_its_track_is_not_asked_more_often(
    watch: Any, short_of_the_end: float
) -> None:
    player = ScriptedPlayer(Playback(replace(TRACK, duration=10), is_playing=True, position=10 - short_of_the_end))
    assert asked_within(watch(player), player, 4.5) <= 6


def test_what_was_known_before_a_sleep_is_not_shown_after_it(watch: Any) -> None:
    player = ScriptedPlayer(Playback(TRACK, is_playing=True))
    watcher = watch(player, idle_after=0.3)
    eventually(lambda: watcher.snapshot.health is Health.OK)
    time.sleep(0.8)
    player.answers = [Unavailable("down")]
    watcher.touch()
    assert watcher.snapshot.playback == NOTHING
    eventually(lambda: watcher.snapshot.health is Health.UNREACHABLE)
    assert watcher.snapshot.playback == NOTHING


class TestLookingAhead:
    NEXT = Track("2", "spotify:track:2", "Next", ("Artist",))

    class QueueingPlayer(ScriptedPlayer):
        def __init__(self, *answers: Any) -> None:
            super().__init__(*answers)
            self.next: Track | Exception | None = TestLookingAhead.NEXT
            self.asked_next = 0

        def read_queue(self) -> Queue:
            self.asked_next += 1
            if isinstance(self.next, Exception):
                raise self.next
            return Queue(TRACK, (self.next,) if self.next else ())

    def test_the_next_track_is_asked_for_once_a_track(self, watch: Any) -> None:
        player = self.QueueingPlayer(Playback(TRACK, is_playing=True, position=30))
        watcher = watch(player, poll_seconds=0.2)
        eventually(lambda: (watcher.touch(), len(player.asked_at) >= 5)[1])
        assert watcher.snapshot.next_track_at(time.monotonic()) == self.NEXT
        assert player.asked_next == 1

    def test_and_again_near_its_end(self, watch: Any) -> None:
        player = self.QueueingPlayer(
            Playback(TRACK, is_playing=True, position=30), Playback(TRACK, is_playing=True, position=590)
        )
        watcher = watch(player, poll_seconds=0.2)
        eventually(lambda: (watcher.touch(), len(player.asked_at) >= 5)[1])
        assert player.asked_next == 2

    def test_a_track_that_has_just_begun_may_be_skipped(self, watch: Any) -> None:
        player = self.QueueingPlayer(Playback(TRACK, is_playing=True, position=1))
        watcher = watch(player, poll_seconds=0.2)
        eventually(lambda: (watcher.touch(), len(player.asked_at) >= 5)[1])
        assert player.asked_next == 0

    def test_a_pause_asked_for_by_the_queue_is_kept(self, watch: Any) -> None:
        player = self.QueueingPlayer(Playback(TRACK, is_playing=True, position=30))
        player.next = RateLimited(60)
        watcher = watch(player, poll_seconds=0.2)
        eventually(lambda: watcher.snapshot.health is Health.RATE_LIMITED)
        assert asked_within(watcher, player, 1.0) == 1
        assert watcher.snapshot.playback.track == TRACK

    def test_an_app_that_is_refused_the_queue_does_not_ask_again(self, watch: Any) -> None:
        other = replace(TRACK, uri="spotify:track:9")
        player = self.QueueingPlayer(
            Playback(TRACK, is_playing=True, position=30), Playback(other, is_playing=True, position=30)
        )
        player.next = Refused("no queue for this app")
        watcher = watch(player, poll_seconds=0.2)
        eventually(lambda: (watcher.touch(), len(player.asked_at) >= 5)[1])
        assert player.asked_next == 1

    def test_a_refusal_is_quiet(self, watch: Any, caplog: pytest.LogCaptureFixture) -> None:
        player = self.QueueingPlayer(Playback(TRACK, is_playing=True, position=30))
        player.next = Unavailable("no queue for you")
        watcher = watch(player, poll_seconds=0.2)
        eventually(lambda: (watcher.touch(), len(player.asked_at) >= 5)[1])
        assert watcher.snapshot.health is Health.OK
        assert player.asked_next == 1
        assert caplog.records == []

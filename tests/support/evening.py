"""An evening of music in fast-forward: a listener, a network and the plugin's pace, by a clock of their own."""

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from spotify_scope_plugin.playback.model import Playback, Track
from spotify_scope_plugin.playback.player import PlayerError, Queue
from spotify_scope_plugin.playback.source import Source
from spotify_scope_plugin.playback.spotify.budget import Budget
from spotify_scope_plugin.playback.spotify.pace import AutoPace

SONG_SECONDS = 210.0
_TICK = 0.1
_CLOSE = 0.5  # seconds within which a shown position says the same as the player


@dataclass
class Habits:
    """What the listener does in an hour, and how the songs meet."""

    seeks: int = 2
    skips: int = 4
    pauses: int = 3
    pause_seconds: tuple[float, float] = (15.0, 30.0)
    seam: Callable[[random.Random], float] = lambda chance: chance.uniform(-0.03, 0.03)
    """Seconds from the end of a song to the start of the next."""
    round_trip: Callable[[random.Random], float] = lambda chance: chance.uniform(0.05, 0.25)


@dataclass
class Outcome:
    """What the evening has shown; all in seconds."""

    requests: int = 0
    steady_a_minute: float = 0.0
    noticed: list[float] = field(default_factory=list)
    seams: list[float] = field(default_factory=list)
    position_errors: list[float] = field(default_factory=list)


class Evening:
    """Plays songs, and is a player that can be asked."""

    def __init__(self, folder: Path, *, seed: int = 1, hours: float = 4.0, habits: Habits | None = None) -> None:
        self.now = 1000.0
        self.chance = random.Random(seed)
        self.habits = habits or Habits()
        self.ends_at = self.now + hours * 3600
        self.asked_at: list[float] = []
        self.budget = Budget(folder / "requests.sqlite3", a_day=2000, clock=lambda: 1e9 + self.now)
        self.trouble: Callable[[], PlayerError | None] = lambda: None
        self.source = Source(self, AutoPace(self.budget), "Spotify", clock=lambda: self.now)
        self._songs = [
            Track(str(n), f"spotify:track:{n}", f"Song {n}", ("A",), duration=SONG_SECONDS) for n in range(400)
        ]
        self._index = 0
        self._started_at = self.now
        self._seam = self.habits.seam(self.chance)
        self._paused_at: float | None = None
        self._actions = self._plan(hours)
        self._resume_at = 0.0
        self._changed_at: float | None = None
        self._ended_at: float | None = None

    # The listener.

    def _plan(self, hours: float) -> list[tuple[float, str]]:
        habits = self.habits
        kinds = ["seek"] * habits.seeks + ["skip"] * habits.skips + ["pause"] * habits.pauses
        times = [
            (self.now + 60 + self.chance.uniform(0, 3540) + 3600 * hour, kind)
            for hour in range(round(hours))
            for kind in kinds
        ]
        return sorted(times)

    def _position(self) -> float:
        return (self.now if self._paused_at is None else self._paused_at) - self._started_at

    def _begin(self, at: float) -> None:
        self._index += 1
        self._started_at = at
        self._seam = self.habits.seam(self.chance)

    def _live(self) -> None:
        """Let happen what happens by now."""
        if self._paused_at is not None and self.now >= self._resume_at:
            self._started_at += self._resume_at - self._paused_at
            self._paused_at = None
        while self._paused_at is None and self._position() >= SONG_SECONDS + self._seam:
            self._ended_at = self._started_at + SONG_SECONDS + self._seam
            self._begin(self._ended_at)
        while self._actions and self._actions[0][0] <= self.now:
            _, kind = self._actions.pop(0)
            # Nobody acts within a pause, or in the last seconds of a song.
            if self._paused_at is None and 12 < self._position() < SONG_SECONDS - 20:
                self._act(kind)

    def _act(self, kind: str) -> None:
        self._changed_at = self.now
        if kind == "skip":
            self._begin(self.now)
        elif kind == "seek":
            self._started_at = self.now - self.chance.uniform(10, SONG_SECONDS - 40)
        else:
            self._paused_at = self.now
            self._resume_at = self.now + self.chance.uniform(*self.habits.pause_seconds)

    # The player.

    def read(self) -> Playback:
        trip = self._travel()
        if error := self.trouble():
            raise error
        playback = Playback(self._songs[self._index], self._paused_at is None, self._position())
        sent = self.now - trip[0]
        self.now += trip[1]
        self._live()
        half = (self.now - sent) / 2
        return Playback(playback.track, playback.is_playing, playback.position, sent + half, half)

    def read_queue(self) -> Queue:
        trip = self._travel()
        if error := self.trouble():
            raise error
        index = self._index
        self.now += trip[1]
        self._live()
        return Queue(self._songs[index], tuple(self._songs[index + 1 : index + 21]))

    def _travel(self) -> tuple[float, float]:
        """Let the question travel; returns how long it took, and how long the answer will take."""
        self.asked_at.append(self.now)
        self.budget.count()
        trip = self.habits.round_trip(self.chance)
        there = trip * self.chance.random()
        self.now += there
        self._live()
        return there, trip - there

    # What the plugin shows.

    def run(self) -> Outcome:
        """Let the evening pass."""
        outcome = Outcome()
        while self.now < self.ends_at:
            if self.source.is_due():
                self.source.look()
                self._observe(outcome)
                self.source.look_ahead()
            self._observe(outcome)
            self.now = min(self.now + _TICK, max(self.source.due_at, self.now + 1e-3))
            self._live()
        outcome.requests = len(self.asked_at)
        gaps = [after - before for before, after in zip(self.asked_at, self.asked_at[1:], strict=False)]
        outcome.steady_a_minute = 60 / statistics.median(gaps)
        return outcome

    def _observe(self, outcome: Outcome) -> None:
        shown = self.source.snapshot.playback_at(self.now)
        track, is_playing = self._songs[self._index], self._paused_at is None
        says_the_same = (
            shown.track == track
            and shown.is_playing == is_playing
            and abs(shown.position_at(self.now) - self._position()) < _CLOSE
        )
        if self._changed_at is not None and says_the_same:
            outcome.noticed.append(self.now - self._changed_at)
            self._changed_at = None
        elif self._ended_at is not None and self._changed_at is None and shown.track == track:
            # When the first line comes by the clock that is shown, less the time at which it is sung.
            outcome.seams.append(self._position() - shown.position_at(self.now))
            self._ended_at = None
        elif says_the_same and is_playing:
            outcome.position_errors.append(abs(shown.position_at(self.now) - self._position()))


def percentile(values: list[float], share: float) -> float:
    """Return the value below which that share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")

"""When to ask a player again."""

import math
from dataclasses import dataclass
from typing import Protocol

from .model import Playback

_PAUSED_POLL = 3.0
_AFTER_END = 0.15  # a player needs a moment to report the next track


@dataclass(frozen=True)
class Sight:
    """What an answer has shown. Times are monotonic seconds.

    `asked_at` is when the first of `questions` was sent. `ends_at` is when the track is expected to give way to
    the next one, and `follows` tells whether that one is known. `uncertainty` is by how many seconds the
    position may be wrong.
    """

    playback: Playback
    asked_at: float
    now: float
    ends_at: float = math.inf
    follows: bool = False
    is_news: bool = False
    uncertainty: float = 0.0
    questions: int = 1


class Pace(Protocol):
    """The rhythm in which a player is asked."""

    def next_at(self, sight: Sight) -> float:
        """Return the monotonic time of the next question."""
        ...

    def least_gap(self) -> float:
        """Return the seconds that lie between two questions at least, whoever wants to know."""
        ...


class FixedPace:
    """A question every so many seconds while a track plays, more rarely otherwise, and one just after its end."""

    def __init__(self, seconds: float, paused_seconds: float = _PAUSED_POLL) -> None:
        """Ask every `seconds`, or `paused_seconds` if those are more while nothing plays."""
        self._seconds = seconds
        self._paused_seconds = max(seconds, paused_seconds)
        self._asked_after_end = False

    def next_at(self, sight: Sight) -> float:
        """Return when to ask again: counted from the last question, so that the rate stays the same."""
        gap = self._seconds if sight.playback.is_playing else self._paused_seconds
        due = sight.asked_at + gap * sight.questions
        after_end = sight.ends_at + _AFTER_END
        if sight.ends_at - sight.now > 2 * self._seconds:
            self._asked_after_end = False
        # The question after the end takes the place of the regular one nearest to it; once an end, for a player
        # may stand at the end of its track for as long as it likes.
        if sight.now < after_end < due + self._seconds / 2 and not self._asked_after_end:
            self._asked_after_end = True
            due = after_end
        return due

    def least_gap(self) -> float:
        """Return one second, or the pace where that is quicker."""
        return min(1.0, self._seconds)

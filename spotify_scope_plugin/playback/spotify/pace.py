"""The pace at which Spotify is asked: quick after news, then rare, and never more than the budget allows."""

import math

from ..pace import Sight
from .budget import Budget

SURE = 0.125
"""Seconds by which the position may be wrong without a quick look that narrows it down."""

_QUICK, _MOST_QUICK = 1.5, 2
_SETTLING = 7.0
_STEADY = 10.0
_STRETCHABLE = 1.04  # so far the steady pace gives way, to have the look after the end among its own
_PAUSED_QUICK, _PAUSED = (3.0, 4.0), 5.0
_SILENCE, _LONGEST_PAUSED = 60.0, 20.0  # who has not gone on after minutes is waited for more patiently
_AFTER_SEAM, _AFTER_END = 1.0, 0.3  # where the next track is known, nobody waits for the answer
_AFTER_END_AGAIN = 1.0
_LONGEST_GAP = 600.0  # a show that nobody looks at for longer is a show that has ended


class AutoPace:
    """Asks when there may be something to learn, since each request is one of a few thousand a day."""

    def __init__(self, budget: Budget) -> None:
        """Ask less often when `budget` runs low."""
        self._budget = budget
        self._step = 0  # answers since the last news
        self._quick = 0
        self._still_since = math.inf

    def least_gap(self) -> float:
        """Return one second, and more when the budget runs low."""
        return min(self._budget.stretch(), _LONGEST_GAP)

    def next_at(self, sight: Sight) -> float:
        """Return when to ask again, as a monotonic time."""
        if sight.is_news:
            self._step = self._quick = 0
        self._step += 1
        wanted = self._playing(sight) if sight.playback.is_playing and sight.playback.track else self._still(sight)
        return sight.asked_at + min(max(wanted, self.least_gap()), _LONGEST_GAP)

    def _playing(self, sight: Sight) -> float:
        """Return the seconds until the next question while a track plays."""
        self._still_since = math.inf
        stretch = self._budget.stretch()
        to_end = sight.ends_at + (_AFTER_SEAM if sight.follows else _AFTER_END) - sight.asked_at
        if to_end <= 0:  # the next track is late
            return _AFTER_END_AGAIN * min(self._step, 5) * stretch
        if sight.uncertainty > SURE and self._quick < _MOST_QUICK:
            self._quick += 1
            self._step = 0
            return min(_QUICK * stretch, to_end)
        wanted = (_SETTLING if self._step == 1 else _STEADY) * stretch
        if to_end == math.inf:
            return wanted
        # As many questions as it takes until the end, one of them just after it, all as far apart.
        questions = max(1, math.ceil(to_end / (wanted * _STRETCHABLE)))
        return to_end / questions if self._step > 1 else min(wanted, to_end)

    def _still(self, sight: Sight) -> float:
        """Return the seconds until the next question while nothing plays, or a track is paused."""
        wanted = _PAUSED_QUICK[self._step - 1] if self._step <= len(_PAUSED_QUICK) else _PAUSED
        self._still_since = min(self._still_since, sight.now)
        patience = (sight.now - self._still_since) / _SILENCE * _PAUSED
        return min(max(wanted, patience), _LONGEST_PAUSED) * self._budget.stretch()

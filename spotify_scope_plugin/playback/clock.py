"""The song's clock: many uncertain readings in, one steady position out.

A reading says: between sending the request and getting the answer, the song was at position p. So the song's
start lies within half a round trip of the middle. Readings of the same song must agree, so the part that all
of them allow narrows down with every poll, far below the error of a single one.
"""

import math
from dataclasses import replace

from .model import Playback

SEEK_THRESHOLD = 0.3
"""A disagreement of this many seconds or more is a seek by the listener, and taken at once."""

_FORGETTING = 0.005
"""Seconds by which the allowed range widens per second, so that old readings lose their say."""


class Clock:
    """Follows one player. Not thread-safe: only the watcher feeds it."""

    def __init__(self) -> None:
        """Begin without any reading."""
        self._shown: Playback | None = None
        # Position minus monotonic time: best guess, and its range.
        self._offset, self._low, self._high = 0.0, -math.inf, math.inf

    def update(self, reading: Playback, now: float) -> Playback:
        """Take a reading and return the playback to show from monotonic time `now` on.

        While the same track plays on, the shown position never steps backwards by less than `SEEK_THRESHOLD`.
        """
        self._shown = self._corrected(reading, now)
        return self._shown

    def expect(self, playback: Playback) -> None:
        """Take for granted what plays, such as the next track of the queue, until readings say more."""
        self._shown = playback
        self._offset = playback.position - playback.taken_at
        self._low, self._high = self._offset - SEEK_THRESHOLD, self._offset + SEEK_THRESHOLD

    @property
    def uncertainty(self) -> float:
        """By how many seconds the position may be wrong; infinite before a player told one."""
        return (self._high - self._low) / 2

    def _corrected(self, reading: Playback, now: float) -> Playback:
        before = self._shown
        offset = reading.position - reading.taken_at
        goes_on = (
            before is not None
            and before.track is not None
            and before.is_playing
            and reading.is_playing
            and before.track.is_same_as(reading.track)
        )
        if before is None or not goes_on or abs(offset - self._offset) >= self._threshold(reading):
            self._offset = offset
            self._low, self._high = offset - reading.uncertainty, offset + reading.uncertainty
            return reading
        self._narrow(offset, reading.uncertainty, max(0.0, reading.taken_at - before.taken_at))
        return replace(
            reading,
            position=reading.taken_at + self._offset,
            not_before=before.position_at(now),
        )

    @staticmethod
    def _threshold(reading: Playback) -> float:
        # A slow answer cannot prove a seek that its own round trip could explain.
        return max(SEEK_THRESHOLD, reading.uncertainty)

    def _narrow(self, offset: float, uncertainty: float, elapsed: float) -> None:
        widening = _FORGETTING * elapsed
        low = max(self._low - widening, offset - uncertainty)
        high = min(self._high + widening, offset + uncertainty)
        if low > high:
            # The service contradicts itself a little: go half-way, and let the next readings decide.
            low, high = sorted((self._offset, offset))
        self._low, self._high = low, high
        if math.isfinite(low) and math.isfinite(high):
            self._offset = (low + high) / 2

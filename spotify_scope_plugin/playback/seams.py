"""How one track gives way to the next: this listener's crossfade, learned from the last few."""

import math
import statistics
from collections import deque

from .model import Playback

_LONGEST_CROSSFADE = 13.0  # seconds; Spotify's is 12 s at most
_REMEMBERED = 5
_SAME = 1.0


class Seams:
    """Remembers by how much tracks overlapped (below 0), or stood apart, in seconds."""

    def __init__(self) -> None:
        """Begin without having seen any."""
        self._last: deque[float] = deque(maxlen=_REMEMBERED)

    def learn(self, before: Playback, after: Playback) -> None:
        """Take note that `before` was followed by `after`, the reading of a player."""
        seam = after.taken_at - after.position - before.ends_at()
        if after.is_playing and abs(seam) <= _LONGEST_CROSSFADE and math.isfinite(after.uncertainty):
            self._last.append(seam)

    def forget(self) -> None:
        """Forget all: a track plays past the time at which it used to give way."""
        self._last.clear()

    def usual(self) -> float:
        """Return the usual seam; one that has come only once may have been a skip, and does not count."""
        seams = list(self._last)
        usual = [
            seam
            for index, seam in enumerate(seams)
            if any(abs(seam - other) < _SAME for other in seams[:index] + seams[index + 1 :])
        ]
        return statistics.median(usual) if usual else 0.0

"""So many of something in a time, and a few more at once."""

import time


class Allowance:
    """Fills with the time; each `take` uses one up. For one thread."""

    def __init__(self, a_second: float, at_once: float) -> None:
        """Allow `a_second` on average, and `at_once` after a rest."""
        self._a_second = a_second
        self._most = self._left = at_once
        self._filled_at = time.monotonic()

    def take(self) -> bool:
        """Tell whether there is one left, and use it up."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._filled_at) * self._a_second)
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

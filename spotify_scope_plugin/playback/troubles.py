"""What goes wrong with one player: how long it is left alone, and what the user is told of it, once."""

import math
import random

from ..background import log
from .player import NotLoggedIn, PlayerError, QuotaExceeded, RateLimited, Refused, TookTooLong, Unavailable
from .snapshot import Health, Snapshot

_LOGIN_CHECK = 2.0  # only looks at the token file while there is no login
_BACKOFF_FIRST, _BACKOFF_SOON, _BACKOFF_LATER = 1.0, 4.0, 30.0
_BACKOFF_REFUSED = 120.0  # such an answer costs a request
_HOPEFUL_FOR = 600.0  # most troubles are over by then; until then, the end of one is noticed within seconds
_AT_ONCE = 0.5
_REPEAT_WARNING = 600.0

_HEALTH: dict[type[PlayerError], Health] = {
    NotLoggedIn: Health.NOT_LOGGED_IN,
    Refused: Health.REFUSED,
    QuotaExceeded: Health.QUOTA_EXCEEDED,  # before its base class
    RateLimited: Health.RATE_LIMITED,
    Unavailable: Health.UNREACHABLE,
}


def health_of(error: PlayerError) -> Health:
    """Return how a player is that fails like this."""
    return next((health for kind, health in _HEALTH.items() if isinstance(error, kind)), Health.UNREACHABLE)


class Troubles:
    """Follows one player's failures. Times are monotonic seconds."""

    def __init__(self, name: str, *, is_quiet: bool) -> None:
        """Begin without any; those of a quiet player are nobody's business."""
        self.since: float | None = None
        """When the present failures began; None: all is well."""
        self._name = name or "the player"
        self._is_quiet = is_quiet
        self._failures = 0
        self._warned: dict[str, float] = {}
        self._was_told = False

    def over(self) -> None:
        """Say that the player has answered."""
        self._failures, self.since = 0, None
        if self._was_told:
            self._was_told = False
            log.warning("Spotify preprocessor: %s answers again.", self._name)

    def pause_after(self, error: PlayerError, now: float) -> float:
        """Return the seconds until the next question: as long as the player asks for, or ever longer."""
        self.since = now if self.since is None else self.since
        if isinstance(error, RateLimited):
            return error.retry_after
        if isinstance(error, NotLoggedIn) and error.local:
            return _LOGIN_CHECK
        if isinstance(error, TookTooLong) and now - self.since < _HOPEFUL_FOR:
            return _AT_ONCE
        later = _BACKOFF_REFUSED if isinstance(error, Refused) else _BACKOFF_LATER
        limit = _BACKOFF_SOON if now - self.since < _HOPEFUL_FOR else later
        longest = min(_BACKOFF_FIRST * 2**self._failures, limit)
        # 2**7 is past the longest pause already; the exponent must not grow for hours.
        self._failures = min(self._failures + 1, 7)
        return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret

    def tell(self, error: PlayerError, snapshot: Snapshot, now: float) -> None:
        """Warn once per trouble, and again only after a long while; `snapshot` has the sentence."""
        trouble = type(error).__name__ if isinstance(error, RateLimited) else str(error)
        if self._is_quiet or now - self._warned.get(trouble, -math.inf) < _REPEAT_WARNING:
            return
        self._warned[trouble] = now
        self._was_told = True
        again = " It is tried again." if isinstance(error, Unavailable) else ""
        log.warning("Spotify preprocessor: %s%s", snapshot.problem, again)
        if isinstance(error, QuotaExceeded) and snapshot.is_estimated_at(now):
            ahead = len(snapshot.tracks_ahead_at(now))
            log.warning(
                "Spotify preprocessor: the position is estimated from now on; this song and %d more are known.",
                ahead,
            )

"""The one thread that asks the player, and the snapshot it leaves behind."""

import enum
import logging
import math
import random
import time
from dataclasses import dataclass, replace

from ..background import Worker
from .clock import Clock
from .model import NOTHING, Playback, Track
from .player import NotLoggedIn, Player, PlayerError, QueueingPlayer, RateLimited, Refused, Unavailable

logger = logging.getLogger(__name__)

_PAUSED_POLL = 3.0
_AFTER_END = 0.15  # Spotify needs a moment to report the next track
_LEAST_REST = 0.2  # between an answer and the next question, however slow the answers are
_LOGIN_CHECK = 2.0  # only looks at the token file while there is no login
_BACKOFF_FIRST, _BACKOFF_LONGEST = 1.0, 30.0
_REPEAT_WARNING = 600.0
_SETTLED = 5.0  # seconds into a track: one that is skipped at once needs no look ahead
_NEAR_END = 20.0  # seconds before the end; until then the listener may change the queue
_SAME_POSITION = 0.005


class Health(enum.Enum):
    """Whether the player answers."""

    STARTING = "starting"
    OK = "ok"
    NOT_LOGGED_IN = "not_logged_in"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"


_HEALTH: dict[type[PlayerError], Health] = {
    NotLoggedIn: Health.NOT_LOGGED_IN,
    Refused: Health.REFUSED,
    RateLimited: Health.RATE_LIMITED,
    Unavailable: Health.UNREACHABLE,
}


@dataclass(frozen=True)
class Snapshot:
    """The latest known playback and how the player is.

    It stays the same object while the player only confirms it, so front ends can tell news by identity.
    `problem` is a sentence for the user, empty when all is well; `retry_at` is the monotonic time of the next
    attempt while rate limited.
    """

    playback: Playback = NOTHING
    health: Health = Health.STARTING
    next_track: Track | None = None
    problem: str = ""
    retry_at: float | None = None


@dataclass(frozen=True)
class PollFigures:
    """Counts since the start, and the last round trip in seconds (None before the first)."""

    polls: int = 0
    errors: int = 0
    round_trip: float | None = None


class Watcher(Worker):
    """Polls the player while somebody asks, and keeps `snapshot` current.

    Once a second while playing, more rarely when paused, just after the expected end of a track, and with
    growing pauses while the player fails. What was last known stays in the snapshot through failures.
    """

    def __init__(self, player: Player, poll_seconds: float = 1.0, idle_after: float = 15.0) -> None:
        """Prepare to watch `player`; the first `touch()` starts the polling."""
        super().__init__("spotify-watcher", idle_after)
        self.snapshot = Snapshot()
        self.figures = PollFigures()
        self._player = player
        self._poll_seconds = poll_seconds
        self._clock = Clock()
        self._failures = 0
        self._asked_after_end = False
        self._queue_is_refused = False
        self._looked_ahead: set[tuple[str, bool]] = set()
        self._warned: dict[str, float] = {}
        self._problem_was_told = False

    def begin(self) -> None:
        """Forget what was known before a sleep: it may be an hour old. An agreed pause is still on."""
        if self.snapshot.health is not Health.RATE_LIMITED:
            self.snapshot = Snapshot()

    def step(self) -> float:
        """Ask the player once; returns the seconds to wait until the next time."""
        started = time.monotonic()
        try:
            reading = self._player.read()
        except PlayerError as error:
            self._count(started, failed=True)
            return self._failed(error)
        except Exception as error:
            logger.debug("Unexpected answer from the player", exc_info=True)
            self._count(started, failed=True)
            return self._failed(Unavailable(f"Spotify's answer makes no sense ({type(error).__name__})."))
        now = self._count(started, failed=False)
        self._failures = 0
        playback = self._clock.update(reading, now)
        if self._is_news(playback, now):
            is_same = playback.track is not None and playback.track.is_same_as(self.snapshot.playback.track)
            self.snapshot = Snapshot(playback, Health.OK, self.snapshot.next_track if is_same else None)
        if self._problem_was_told:
            self._problem_was_told = False
            logger.warning("Spotify preprocessor: Spotify answers again.")
        try:
            asked = self._look_ahead(playback, now)
        except RateLimited as error:
            return self._failed(error)
        # The question takes the place of a poll, so that the rate stays the same.
        return self._pause(playback, started + asked * self._poll_seconds, time.monotonic())

    def _look_ahead(self, playback: Playback, now: float) -> bool:
        """Ask what comes next: once a few seconds into a track, and again near its end.

        An app that is refused the queue goes without, quietly.

        Returns:
            Whether it was asked.

        Raises:
            RateLimited: the player asks for a pause.
        """
        track, player = playback.track, self._player
        if not isinstance(player, QueueingPlayer) or self._queue_is_refused:
            return False
        if track is None or not playback.is_playing:
            return False
        near_end = playback.ends_at() - now < _NEAR_END
        when = (track.uri or track.title, near_end)
        if when in self._looked_ahead or not (near_end or playback.position_at(now) > _SETTLED):
            return False
        self._looked_ahead = {*(one for one in self._looked_ahead if one[0] == when[0]), when}
        try:
            next_track = player.read_next()
        except RateLimited:
            raise
        except Exception as error:
            logger.debug("The next track is not known: %r", error)
            self._queue_is_refused = isinstance(error, Refused)
            return True
        if next_track is not None and next_track != self.snapshot.next_track:
            self.snapshot = replace(self.snapshot, next_track=next_track)
        return True

    def _is_news(self, playback: Playback, now: float) -> bool:
        """Tell whether the answer says more than the snapshot does; most only confirm it."""
        known = self.snapshot.playback
        return (
            self.snapshot.health is not Health.OK
            or (known.track, known.is_playing) != (playback.track, playback.is_playing)
            or abs(known.position_at(now) - playback.position_at(now)) >= _SAME_POSITION
        )

    def _pause(self, playback: Playback, started: float, now: float) -> float:
        due = started + (self._poll_seconds if playback.is_playing else max(_PAUSED_POLL, self._poll_seconds))
        after_end = playback.ends_at() + _AFTER_END
        if playback.ends_at() - now > 2 * self._poll_seconds:
            self._asked_after_end = False
        # The poll after the end takes the place of the regular one nearest to it, so that the rate stays the
        # same; once an end, for a player may stand at the end of its track for as long as it likes.
        if now < after_end < due + self._poll_seconds / 2 and not self._asked_after_end:
            self._asked_after_end = True
            due = after_end
        return max(due - now, _LEAST_REST)

    def _failed(self, error: PlayerError) -> float:
        retry_at = None
        if isinstance(error, RateLimited):
            pause = error.retry_after
            retry_at = time.monotonic() + pause
        elif isinstance(error, NotLoggedIn) and error.local:
            pause = _LOGIN_CHECK
        else:
            longest = min(_BACKOFF_FIRST * 2**self._failures, _BACKOFF_LONGEST)
            pause = random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret
            # 2**5 is past the longest pause already; the exponent must not grow for hours.
            self._failures = min(self._failures + 1, 5)
        health = next((health for kind, health in _HEALTH.items() if isinstance(error, kind)), None)
        self.snapshot = Snapshot(
            self.snapshot.playback,
            health or Health.UNREACHABLE,
            self.snapshot.next_track,
            problem=str(error),
            retry_at=retry_at,
        )
        self._tell(error)
        return pause

    def _tell(self, error: PlayerError) -> None:
        """Warn once per trouble, and again only after a long while."""
        trouble = type(error).__name__ if isinstance(error, RateLimited) else str(error)
        now = time.monotonic()
        if now - self._warned.get(trouble, -math.inf) < _REPEAT_WARNING:
            return
        self._warned[trouble] = now
        self._problem_was_told = True
        again = " It is tried again." if isinstance(error, Unavailable) else ""
        logger.warning("Spotify preprocessor: %s%s", error, again)

    def _count(self, started: float, *, failed: bool) -> float:
        now = time.monotonic()
        figures = self.figures
        self.figures = PollFigures(figures.polls + 1, figures.errors + failed, now - started)
        return now

"""One player, and all that is known of it: its clock, its pace, its troubles."""

import logging
import math
import random
import statistics
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from .clock import SEEK_THRESHOLD, Clock
from .model import Playback, Track
from .pace import Pace, Sight
from .player import (
    NotLoggedIn,
    Player,
    PlayerError,
    QueueingPlayer,
    QuotaExceeded,
    RateLimited,
    Refused,
    Unavailable,
)
from .snapshot import Health, PollFigures, Snapshot

logger = logging.getLogger(__name__)

_LEAST_REST = 0.2  # between an answer and the next question, however slow the answers are
_LOGIN_CHECK = 2.0  # only looks at the token file while there is no login
_BACKOFF_FIRST, _BACKOFF_LONGEST = 1.0, 30.0
_REPEAT_WARNING = 600.0
_REFUSED_REST = 60.0  # such an answer costs a request, too
_GIVEN_UP_AFTER = 600.0
_SAME_POSITION = 0.005

_SETTLED = 5.0  # seconds into a track: one that is skipped at once needs no look ahead
_NEAR_END = 20.0  # seconds before the end; until then the listener may change the queue
_QUEUE_AGES_IN = 1200.0
_LONGEST_CROSSFADE = 13.0  # Spotify's is 12 s at most
_REMEMBERED_SEAMS = 5
_SAME_SEAM = 1.0
_LAG = 2.0  # seconds: an answer may still report the track that has just ended
_MOST_LAGGING = 2
_LAG_REST = 1.0

_HEALTH: dict[type[PlayerError], Health] = {
    NotLoggedIn: Health.NOT_LOGGED_IN,
    Refused: Health.REFUSED,
    QuotaExceeded: Health.QUOTA_EXCEEDED,  # before its base class
    RateLimited: Health.RATE_LIMITED,
    Unavailable: Health.UNREACHABLE,
}


class Source:
    """Asks one player, and leaves what it knows in `snapshot`. For the watcher's thread, but for `notice`.

    What was last known stays in the snapshot through failures. `due_at` is the monotonic time of the next
    question.
    """

    def __init__(
        self,
        player: Player,
        pace: Pace,
        name: str = "",
        *,
        is_quiet: bool = False,
        trusts_queue: bool = True,
        hint: Callable[[], str] = str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to ask `player`.

        Args:
            player: what is asked.
            pace: when it is asked.
            name: what the user calls it.
            is_quiet: whether its troubles are nobody's business: another source is asked then.
            trusts_queue: whether what was to follow counts while the player does not answer.
            hint: returns what else a user may do who is not logged in.
            clock: monotonic time in seconds.
        """
        self.player = player
        self.is_quiet = is_quiet
        self.snapshot = Snapshot(source=name)
        self.figures = PollFigures()
        self.due_at = -math.inf
        self._pace = pace
        self._name = name
        self._hint = hint
        self._trusts_queue = trusts_queue
        self._failing_since: float | None = None
        self._now = clock
        self._has_news = False
        self._asked_at = -math.inf
        self._answered: bool | None = None  # whether the last answer was news; None: there was none
        self._song_clock = Clock()
        self._seams: deque[float] = deque(maxlen=_REMEMBERED_SEAMS)
        self._lagging = 0
        self._failures = 0
        self._warned: dict[str, float] = {}
        self._problem_was_told = False
        self._queue_is_refused = False
        self._queue_asked_at = -math.inf
        self._looked_ahead: set[tuple[str, bool]] = set()

    def notice(self) -> None:
        """Take note, in any thread, that the player has news: it is asked at the next occasion."""
        self._has_news = True

    def hurry(self) -> None:
        """Ask as soon as the pace allows; an agreed pause stays."""
        if not self._is_paused():
            self.due_at = min(self.due_at, self._asked_at + self._pace.least_gap())

    def is_due(self) -> bool:
        """Tell whether it is time to ask."""
        return self._has_news or self.due_at <= self._now()

    def forget(self) -> None:
        """Forget what plays: it may be an hour old. An agreed pause is still on."""
        if not self._is_paused() and self.snapshot.health is not Health.STARTING:
            self.snapshot = Snapshot(source=self._name)
            self.due_at = self._asked_at + self._pace.least_gap()

    def look(self) -> None:
        """Ask the player once; what it says stands in the snapshot then."""
        self._has_news = False
        self._answered = None
        asked_at = self._asked_at = self._now()
        try:
            reading = self.player.read()
            self._count(asked_at, failed=False)
            self._answered = self._take(reading)
        except PlayerError as error:
            self._count(asked_at, failed=True)
            self._failed(error)
        except Exception as error:
            logger.debug("Unexpected answer from the player", exc_info=True)
            self._count(asked_at, failed=True)
            name = self._name or "The player"
            self._failed(Unavailable(f"{name}'s answer makes no sense ({type(error).__name__})."))

    def look_ahead(self) -> None:
        """After a look: ask what comes next, if that is worth a question, and decide when to look again."""
        if self._answered is None:
            return  # `_failed` has decided
        try:
            questions = 1 + self._ask_queue()
        except RateLimited as error:
            self._failed(error)
        else:
            self._rest(questions, is_news=self._answered)

    def _is_paused(self) -> bool:
        return self.snapshot.health in {Health.RATE_LIMITED, Health.QUOTA_EXCEEDED}

    def _take(self, reading: Playback) -> bool:
        """Take an answer; returns whether it is news, or may be in a moment."""
        now = self._now()
        self._failures, self._failing_since = 0, None
        if self._problem_was_told:
            self._problem_was_told = False
            logger.warning("Spotify preprocessor: %s answers again.", self._name or "the player")
        if self._lags(reading, now):
            return False
        known = self.snapshot
        expected = known.playback_at(now)
        if known.queue and known.queue[0].is_same_as(reading.track):
            self._learn_seam(known.playback, reading)
        if expected is not known.playback and expected.track is not None:
            if expected.track.is_same_as(reading.track):
                self._song_clock.expect(expected)
            elif known.playback.track is not None and known.playback.track.is_same_as(reading.track):
                self._seams.clear()  # it plays past the time at which it used to give way
        playback = self._song_clock.update(reading, now)
        is_news = self._is_news(playback, expected, now)
        if is_news or expected is not known.playback or known.health is not Health.OK:
            queue = known.queue
            if not (playback.track is not None and playback.track.is_same_as(known.playback.track)):
                queue = _after(playback.track, known.queue)
            self._publish(playback, queue)
        elif abs(expected.position_at(now) - playback.position_at(now)) >= _SAME_POSITION:
            self._publish(playback, known.queue)
        return is_news

    def _publish(self, playback: Playback, queue: tuple[Track, ...]) -> None:
        seam = self._usual_seam()
        if playback.ends_at() + seam <= self._now():
            seam = 0.0
        if playback.ends_at() <= self._now():
            queue = ()  # it stands at its end, whatever was said to follow
        self.snapshot = Snapshot(playback, Health.OK, queue, seam, source=self._name)

    def _is_news(self, playback: Playback, expected: Playback, now: float) -> bool:
        """Tell whether the listener did something: most answers only confirm, or correct by a little."""
        if self.snapshot.health is Health.STARTING:
            return True
        is_same = playback.track is expected.track or (
            playback.track is not None and playback.track.is_same_as(expected.track)
        )
        moved = abs(expected.position_at(now) - playback.position_at(now))
        return not is_same or playback.is_playing != expected.is_playing or moved >= SEEK_THRESHOLD

    def _lags(self, reading: Playback, now: float) -> bool:
        """Tell whether an answer still reports the track that has ended a moment ago."""
        before = self.snapshot.playback
        lags = (
            self.snapshot.playback_at(now) is not before
            and before.track is not None
            and before.track.is_same_as(reading.track)
            and reading.is_playing
            and reading.position_at(now) >= before.track.duration + min(self.snapshot.seam, 0.0) - _LAG
            and self._lagging < _MOST_LAGGING
        )
        self._lagging = self._lagging + 1 if lags else 0
        return lags

    def _learn_seam(self, before: Playback, reading: Playback) -> None:
        """Remember by how much two tracks overlapped, or stood apart."""
        seam = reading.taken_at - reading.position - before.ends_at()
        if reading.is_playing and abs(seam) <= _LONGEST_CROSSFADE and math.isfinite(reading.uncertainty):
            self._seams.append(seam)

    def _usual_seam(self) -> float:
        """Return the usual seam of this listener: one that comes again, for a single one may be a skip."""
        seams = list(self._seams)
        usual = [
            seam
            for index, seam in enumerate(seams)
            if any(abs(seam - other) < _SAME_SEAM for other in seams[:index] + seams[index + 1 :])
        ]
        return statistics.median(usual) if usual else 0.0

    # What comes next.

    def _ask_queue(self) -> int:
        """Ask what comes next: once a new track has settled, and near its end if the list is short or old.

        An app that is refused the queue goes without, quietly.

        Returns:
            How many questions that took.

        Raises:
            RateLimited: the player asks for a pause.
        """
        now, player = self._now(), self.player
        if self._queue_is_refused or not isinstance(player, QueueingPlayer):
            return 0
        playback = self.snapshot.playback_at(now)
        track = playback.track
        if track is None or not playback.is_playing or playback is not self.snapshot.playback:
            return 0
        near_end = playback.ends_at() - now < _NEAR_END
        is_known = len(self.snapshot.queue) > 1 and now - self._queue_asked_at < _QUEUE_AGES_IN
        when = (track.uri or track.title, near_end)
        if is_known or when in self._looked_ahead or not (near_end or playback.position_at(now) > _SETTLED):
            return 0
        self._looked_ahead = {*(one for one in self._looked_ahead if one[0] == when[0]), when}
        self._queue_asked_at = now
        try:
            queue = player.read_queue()
        except RateLimited:
            raise
        except Exception as error:
            logger.debug("The next track is not known: %r", error)
            self._queue_is_refused = isinstance(error, Refused)
            return 1
        # A track that was skipped between two questions is news for the next one.
        if queue.current is None or queue.current.is_same_as(track):
            self.snapshot = replace(self.snapshot, queue=queue.following)
        return 1

    # When to ask again.

    def _rest(self, questions: int, *, is_news: bool) -> None:
        now = self._now()
        if self._lagging:
            self.due_at = now + _LAG_REST
            return
        playback, follows = self.snapshot.playback_at(now), self.snapshot.next_track_at(now) is not None
        ends_at = self.snapshot.changes_at(now) if follows else playback.ends_at()
        unsure = self._song_clock.uncertainty
        sight = Sight(playback, self._asked_at, now, ends_at, follows, is_news, unsure, questions)
        self.due_at = max(self._pace.next_at(sight), now + _LEAST_REST)

    def _failed(self, error: PlayerError) -> None:
        now = self._now()
        retry_at = None
        if isinstance(error, RateLimited):
            self.due_at = retry_at = now + error.retry_after
        elif isinstance(error, NotLoggedIn) and error.local:
            self.due_at = now + _LOGIN_CHECK
        elif isinstance(error, Refused):
            self.due_at = now + _REFUSED_REST
        else:
            longest = min(_BACKOFF_FIRST * 2**self._failures, _BACKOFF_LONGEST)
            self.due_at = now + random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret
            # 2**5 is past the longest pause already; the exponent must not grow for hours.
            self._failures = min(self._failures + 1, 5)
        health = next((health for kind, health in _HEALTH.items() if isinstance(error, kind)), Health.UNREACHABLE)
        problem = f"{error} {self._hint()}".rstrip() if isinstance(error, NotLoggedIn) else str(error)
        self._failing_since = now if self._failing_since is None else self._failing_since
        known = self.snapshot
        if known.playback.ends_at() == math.inf and now - self._failing_since > _GIVEN_UP_AFTER:
            known = Snapshot(source=self._name)  # of unknown length, or paused: it may be over since long
        elif not self._trusts_queue:
            known = replace(known, queue=())
        self.snapshot = known.failed(health, problem, retry_at)
        self._tell(error, problem, now)

    def _tell(self, error: PlayerError, problem: str, now: float) -> None:
        """Warn once per trouble, and again only after a long while."""
        trouble = type(error).__name__ if isinstance(error, RateLimited) else str(error)
        if self.is_quiet or now - self._warned.get(trouble, -math.inf) < _REPEAT_WARNING:
            return
        self._warned[trouble] = now
        self._problem_was_told = True
        again = " It is tried again." if isinstance(error, Unavailable) else ""
        logger.warning("Spotify preprocessor: %s%s", problem, again)
        if isinstance(error, QuotaExceeded) and self.snapshot.is_estimated_at(now):
            ahead = len(self.snapshot.tracks_ahead_at(now))
            logger.warning(
                "Spotify preprocessor: the position is estimated from now on; this song and %d more are known.",
                ahead,
            )

    def _count(self, asked_at: float, *, failed: bool) -> None:
        figures = self.figures
        self.figures = PollFigures(figures.polls + 1, figures.errors + failed, self._now() - asked_at)


def _after(track: Track | None, queue: tuple[Track, ...]) -> tuple[Track, ...]:
    """Return what is left of a queue when `track` plays; nothing when it is not in it."""
    for index, each in enumerate(queue):
        if each.is_same_as(track):
            return queue[index + 1 :]
    return ()

"""One player, and all that is known of it: its clock, its pace, its troubles."""

import contextlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import replace

from .clock import SEEK_THRESHOLD, Clock
from .model import Playback, Track
from .pace import Pace, Sight
from .player import (
    HopefulPlayer,
    NotLoggedIn,
    Player,
    PlayerError,
    QueueingPlayer,
    RateLimited,
    Refused,
    Unavailable,
)
from .seams import Seams
from .snapshot import Health, PollFigures, Snapshot
from .troubles import Troubles, health_of

logger = logging.getLogger(__name__)

_CHEAP_LOOK = 2.0  # seconds between two looks that cost nothing, while asking fails
_LEAST_REST = 0.2  # between an answer and the next question, however slow the answers are
_GIVEN_UP_AFTER = 600.0
_SAME_POSITION = 0.005

_SETTLED = 5.0  # seconds into a track: one that is skipped at once needs no look ahead
_NEAR_END = 20.0  # seconds before the end; until then the listener may change the queue
_QUEUE_AGES_IN = 1200.0
_LAG = 2.0  # seconds: an answer may still report the track that has just ended
_MOST_LAGGING = 2
_LAG_REST = 1.0


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
        self._troubles = Troubles(name, is_quiet=is_quiet)
        self._now = clock
        self._has_news = False
        self._asked_at = -math.inf
        self._try_at = -math.inf  # when to ask again although nothing seems to have changed
        self._answered: bool | None = None  # whether the last answer was news; None: there was none
        self._song_clock = Clock()
        self._seams = Seams()
        self._lagging = 0
        self._queue_is_refused = False
        self._queue_asked_at = -math.inf
        self._looked_ahead: set[tuple[str, bool]] = set()

    def notice(self) -> None:
        """Take note, in any thread, that the player has news: it is asked at the next occasion."""
        self._has_news = True

    def hurry(self) -> None:
        """Ask as soon as the pace allows; an agreed pause stays."""
        if not self._is_paused():
            self._try_at = -math.inf
            self.due_at = min(self.due_at, self._asked_at + self._pace.least_gap())

    def is_due(self) -> bool:
        """Tell whether it is time to ask."""
        return self._has_news or self.due_at <= self._now()

    def forget(self) -> None:
        """Forget what plays: it may be an hour old. An agreed pause is still on."""
        if not self._is_paused() and self.snapshot.health is not Health.STARTING:
            self.snapshot = Snapshot(source=self._name)
            self._try_at = -math.inf
            self.due_at = self._asked_at + self._pace.least_gap()

    def look(self) -> None:
        """Ask the player once; what it says stands in the snapshot then."""
        self._has_news = False
        self._answered = None
        if self._is_hopeless():
            self.due_at = min(self._try_at, self._now() + _CHEAP_LOOK)
            return
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

    def _is_hopeless(self) -> bool:
        """Tell whether the player has failed, and nothing has changed: asking it would be in vain."""
        if self._now() >= self._try_at or not isinstance(self.player, HopefulPlayer):
            return False
        with contextlib.suppress(Exception):
            return not self.player.is_worth_a_try()
        return True

    def _is_paused(self) -> bool:
        return self.snapshot.health in {Health.RATE_LIMITED, Health.QUOTA_EXCEEDED}

    def _take(self, reading: Playback) -> bool:
        """Take an answer; returns whether it is news, or may be in a moment."""
        now = self._now()
        self._troubles.over()
        self._try_at = -math.inf
        if self._lags(reading, now):
            return False
        known = self.snapshot
        expected = known.playback_at(now)
        if known.queue and known.queue[0].is_same_as(reading.track):
            self._seams.learn(known.playback, reading)
        if expected is not known.playback and expected.track is not None:
            if expected.track.is_same_as(reading.track):
                self._song_clock.expect(expected)
            elif known.playback.track is not None and known.playback.track.is_same_as(reading.track):
                self._seams.forget()  # it plays past the time at which it used to give way
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
        seam = self._seams.usual()
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
        self._try_at = self.due_at = now + self._troubles.pause_after(error, now)
        known = self.snapshot
        since = self._troubles.since
        if known.playback.ends_at() == math.inf and since is not None and now - since > _GIVEN_UP_AFTER:
            known = Snapshot(source=self._name)  # of unknown length, or paused: it may be over since long
        elif not self._trusts_queue:
            known = replace(known, queue=())
        problem = f"{error} {self._hint()}".rstrip() if isinstance(error, NotLoggedIn) else str(error)
        retry_at = self.due_at if isinstance(error, RateLimited) else None
        self.snapshot = known.failed(health_of(error), problem, retry_at)
        if not self._is_paused() and isinstance(self.player, HopefulPlayer):
            self.due_at = min(self._try_at, now + _CHEAP_LOOK)
        self._troubles.tell(error, self.snapshot, now)

    def _count(self, asked_at: float, *, failed: bool) -> None:
        figures = self.figures
        self.figures = PollFigures(figures.polls + 1, figures.errors + failed, self._now() - asked_at)


def _after(track: Track | None, queue: tuple[Track, ...]) -> tuple[Track, ...]:
    """Return what is left of a queue when `track` plays; nothing when it is not in it."""
    for index, each in enumerate(queue):
        if each.is_same_as(track):
            return queue[index + 1 :]
    return ()

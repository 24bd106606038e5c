"""What is known of the player at one time: what plays, what follows, and how the player is."""

import enum
import math
from dataclasses import dataclass, field, replace

from .model import NOTHING, Playback, Track

NEWS_OVERDUE = 3.0
"""Seconds after the last known track's end at which, without news from the player, nothing is known to play."""

_UNCONFIRMED_FOR = 10.0
"""Seconds for which a track that follows by the queue needs no answer of the player to be believed."""


class Health(enum.Enum):
    """Whether the player answers."""

    STARTING = "starting"
    OK = "ok"
    NOT_LOGGED_IN = "not_logged_in"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class PollFigures:
    """Counts since the start, and the last round trip in seconds (None before the first)."""

    polls: int = 0
    errors: int = 0
    round_trip: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """The latest known playback and how the player is.

    It stays the same object while the player only confirms it, so front ends can tell news by identity. `queue`
    holds the tracks that follow `playback`'s, and `seam` the seconds from a track's end to the start of the next
    one (below 0: crossfade). `problem` is a sentence for the user, empty when all is well; `retry_at` is the
    monotonic time of the next attempt while rate limited; `source` names the player.
    """

    playback: Playback = NOTHING
    health: Health = Health.STARTING
    queue: tuple[Track, ...] = ()
    seam: float = 0.0
    problem: str = ""
    retry_at: float | None = None
    source: str = ""
    _timeline: tuple[Playback, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay out what follows when, so that the frame path only looks it up."""
        timeline = [self.playback]
        for track in self.queue:
            starts_at = timeline[-1].ends_at() + self.seam
            if starts_at == math.inf:
                break
            timeline.append(Playback(track, is_playing=True, taken_at=starts_at))
        object.__setattr__(self, "_timeline", tuple(timeline))

    def _index_at(self, now: float) -> int:
        index = 0
        while index + 1 < len(self._timeline) and now >= self._timeline[index + 1].taken_at:
            index += 1
        return index

    def playback_at(self, now: float) -> Playback:
        """Return what plays at monotonic time `now`: the queue's next track follows one that has ended."""
        playback = self._timeline[self._index_at(now)]
        return NOTHING if now > playback.ends_at() + NEWS_OVERDUE else playback

    def changes_at(self, now: float) -> float:
        """Return the monotonic time until which `playback_at` returns the same as at `now`."""
        index = self._index_at(now)
        if index + 1 < len(self._timeline):
            return self._timeline[index + 1].taken_at
        overdue = self._timeline[index].ends_at() + NEWS_OVERDUE
        return overdue if now <= overdue else math.inf

    def next_track_at(self, now: float) -> Track | None:
        """Return the track that follows the one at `now`; None when none is known."""
        return next(iter(self.tracks_ahead_at(now)), None)

    def tracks_ahead_at(self, now: float) -> tuple[Track, ...]:
        """Return the known tracks that follow the one at `now`."""
        return self.queue[self._index_at(now) :]

    def is_estimated_at(self, now: float) -> bool:
        """Tell whether the clock alone counts on at `now`: the player does not answer, or is late."""
        playback = self.playback_at(now)
        if playback.track is None or not playback.is_playing or self.health is Health.STARTING:
            return False
        return self.health is not Health.OK or (
            playback is not self.playback and now - playback.taken_at > _UNCONFIRMED_FOR
        )

    def failed(self, health: Health, problem: str, retry_at: float | None) -> "Snapshot":
        """Return the same knowledge of a player that does not answer any more."""
        return replace(self, health=health, problem=problem, retry_at=retry_at)

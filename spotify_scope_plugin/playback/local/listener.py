"""What players on this computer tell the system, heard in a thread of its own."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from ...background import Worker
from ..model import NOTHING, Playback
from ..player import Unavailable, nobody_listens

LOOK_SECONDS = 0.25
"""How often a position is looked at: asking another program on this computer is cheap, and some tell no seek."""

_FIRST_LOOK_SECONDS = 3.0
_MOVED = 0.15  # seconds by which a position must be off to be news
_RETRY_SECONDS = 30.0
_LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Seen:
    """A player that was seen, by the name under which the system knows it, and what it plays."""

    name: str
    playback: Playback
    since: float = 0.0
    """Monotonic time at which it began to play, or to rest."""


class LocalListener(Worker):
    """Listens to the system's players while somebody asks; one class for each system implements `listen`."""

    def __init__(self, idle_after: float = 15.0) -> None:
        """Prepare to listen; the first `touch()` begins."""
        super().__init__("spotify-local-players", idle_after)
        self.seen: Mapping[str, Seen] = {}
        self.problem = ""
        self.views: list[LocalPlayer] = []
        self._is_ready = threading.Event()

    def listen(self) -> None:
        """Call `publish` with what is seen, as it changes, until `is_wanted()` is false.

        Raises:
            Unavailable: the system cannot be listened to; the message says why.
        """
        raise NotImplementedError

    def begin(self) -> None:
        """Forget what was seen before a sleep."""
        self.seen = {}
        self._is_ready.clear()

    def step(self) -> float:
        """Listen; returns the seconds after which to try again."""
        try:
            self.listen()
        except Unavailable as error:
            self.publish({}, str(error))
            return _RETRY_SECONDS
        except Exception:
            self.publish({}, "Players on this computer cannot be seen just now.")
            raise
        return 0.0

    def publish(self, playbacks: Mapping[str, Playback], problem: str = "") -> None:
        """Take what plays now, by the player's name, and tell whoever listens if that is news."""
        self.problem = problem
        before = self.seen
        now: dict[str, Seen] = {}
        for name, playback in playbacks.items():
            known = before.get(name)
            goes_on = known is not None and known.playback.is_playing == playback.is_playing
            now[name] = Seen(name, playback, known.since if known and goes_on else playback.taken_at)
        self.seen = now
        is_first = not self._is_ready.is_set()
        self._is_ready.set()
        if is_first or _is_news(before, now):
            for view in self.views:
                view.on_news()

    def first_look(self) -> None:
        """Wait until the system was looked at once; returns at once after that."""
        self.touch()
        self._is_ready.wait(_FIRST_LOOK_SECONDS)


class LocalPlayer:
    """One of the players on this computer: the one that plays, or played last."""

    def __init__(self, listener: LocalListener, wanted: str = "") -> None:
        """Choose among what `listener` hears.

        Args:
            listener: may serve several.
            wanted: a part of the player's name; empty: any player.
        """
        self.on_news = nobody_listens
        self._listener = listener
        self._wanted = wanted.casefold()
        self._chosen = ""
        listener.views.append(self)

    def read(self) -> Playback:
        """Return what plays; blocks until the system was looked at once.

        Raises:
            Unavailable: the system's players cannot be seen.
        """
        self._listener.first_look()
        seen = self.players()
        if not seen and self._listener.problem:
            raise Unavailable(self._listener.problem)
        # The one that was chosen before, while it plays; else the one that began last.
        best = max(
            seen,
            key=lambda each: (each.playback.is_playing, each.name == self._chosen, each.since),
            default=Seen("", NOTHING),
        )
        self._chosen = best.name
        return best.playback

    def players(self) -> list[Seen]:
        """Return the players among which is chosen: those that have something to play."""
        return [
            each
            for each in self._listener.seen.values()
            if each.playback.track is not None and self._wanted in each.name.casefold()
        ]


def text(value: object) -> str:
    """Return a player's text, cut to a sensible length; empty for anything else."""
    return value[:_LONGEST_TEXT].strip() if isinstance(value, str) else ""


def _is_news(before: Mapping[str, Seen], now: Mapping[str, Seen]) -> bool:
    return before.keys() != now.keys() or any(
        _differs(before[name].playback, seen.playback) for name, seen in now.items()
    )


def _differs(one: Playback, other: Playback) -> bool:
    moved = abs(one.position_at(other.taken_at) - other.position)
    return (one.track, one.is_playing) != (other.track, other.is_playing) or moved > _MOVED

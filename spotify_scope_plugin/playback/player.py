"""What a music source has to offer, and how it may fail."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .model import Playback, Track

_A_DAY = 24 * 3600.0


class Player(Protocol):
    """A music source. A new one is one class with this method."""

    def read(self) -> Playback:
        """Return what plays now; may block for a few seconds.

        Raises:
            PlayerError: one of its subclasses below.
        """
        ...


@dataclass(frozen=True)
class Queue:
    """What plays, as far as the answer says so, and what follows it."""

    current: Track | None
    following: tuple[Track, ...] = ()


@runtime_checkable
class QueueingPlayer(Player, Protocol):
    """A music source that also knows what comes next."""

    def read_queue(self) -> Queue:
        """Return what comes next; may block and fail as `read` does."""
        ...


@runtime_checkable
class NoticingPlayer(Player, Protocol):
    """A music source that notices changes by itself, and calls `on_news` from a thread of its own."""

    on_news: Callable[[], None]


@runtime_checkable
class SharedPlayer(Player, Protocol):
    """A music source that somebody may have chosen for this program: then it counts although nothing plays."""

    @property
    def is_shared(self) -> bool:
        """Whether somebody has."""
        ...


@runtime_checkable
class HopefulPlayer(Player, Protocol):
    """A music source that can tell for nothing whether asking it again may go better than the last time."""

    def is_worth_a_try(self) -> bool:
        """Tell whether something has changed since `read` failed; may block for a second."""
        ...


def nobody_listens() -> None:
    """Do nothing: the `on_news` of a player that nobody watches."""


class PlayerError(Exception):
    """The player cannot say what plays. The message tells the user what happened and what to do."""


class NotLoggedIn(PlayerError):  # noqa: N818 - named as a state of the world, which is what it is
    """There is no login, or it is no longer accepted."""

    def __init__(self, message: str, *, local: bool = True) -> None:
        """Keep whether this was found out without asking the service (`local`), so asking again is free."""
        super().__init__(message)
        self.local = local


class Refused(PlayerError):  # noqa: N818
    """The service knows the user but does not serve them."""


class Unavailable(PlayerError):  # noqa: N818
    """The service cannot be reached, or its answer makes no sense."""


class Unreachable(Unavailable):
    """There is no connection to the service at all: the question has not left this machine."""


class TookTooLong(Unavailable):
    """The service did not answer in time: the waiting was a pause already."""


class RateLimited(PlayerError):  # noqa: N818
    """The service asks for a pause of `retry_after` seconds."""

    def __init__(self, retry_after: float, message: str = "") -> None:
        """Keep the pause, in seconds."""
        super().__init__(
            message
            or f"Spotify asks for a pause of {retry_after:.0f} s (too many requests); "
            "the plugin waits and goes on by itself."
        )
        self.retry_after = retry_after


class QuotaExceeded(RateLimited):
    """The app has spent its requests of a rolling day; the pause lasts for hours."""

    def __init__(self, retry_after: float) -> None:
        """Keep the pause, in seconds."""
        ends = time.localtime(time.time() + retry_after)
        day = "" if retry_after < _A_DAY / 2 else f"{time.strftime('%A', ends)}, "
        super().__init__(
            retry_after,
            f"Spotify's quota for your app is spent (QUOTA_EXCEEDED); it answers again at "
            f"{day}{time.strftime('%H:%M', ends)}. Until then the plugin goes on by its clock and the queue it "
            "knows. Music that plays on a computer needs no quota: see `spotify-scope share`.",
        )

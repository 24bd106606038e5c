"""What a music source has to offer, and how it may fail."""

from typing import Protocol, runtime_checkable

from .model import Playback, Track


class Player(Protocol):
    """A music source. A new one is one class with this method."""

    def read(self) -> Playback:
        """Return what plays now; may block for a few seconds.

        Raises:
            PlayerError: one of its subclasses below.
        """
        ...


@runtime_checkable
class QueueingPlayer(Player, Protocol):
    """A music source that also knows what comes next."""

    def read_next(self) -> Track | None:
        """Return the next track, None when there is none; may block and fail as `read` does."""
        ...


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


class RateLimited(PlayerError):  # noqa: N818
    """The service asks for a pause of `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        """Keep the pause, in seconds."""
        super().__init__(
            f"Spotify asks for a pause of {retry_after:.0f} s (too many requests); "
            "the plugin waits and goes on by itself."
        )
        self.retry_after = retry_after

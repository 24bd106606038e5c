"""What a source of lyrics has to offer, and how it may fail."""

from collections.abc import Callable
from typing import Protocol

from .model import Song
from .record import Finding


class LyricsProvider(Protocol):
    """A source of lyrics. A new one is one class with this method."""

    def find(self, song: Song, is_wanted: Callable[[], bool]) -> Finding:
        """Return the lyrics of `song`, of kind NOT_FOUND when there are none. May block for seconds.

        Called from several threads: a look-up that hangs is not waited for.

        Args:
            song: what to look for.
            is_wanted: asked before each request; when it turns false, the search ends with `NoLongerWanted`.

        Raises:
            NoLongerWanted: the listener has skipped the song.
            LyricsUnavailable: the source gave no answer, so that the song may be asked for again later.
        """
        ...


class NoLongerWanted(Exception):  # noqa: N818 - named as a state of the world
    """The song was skipped while its lyrics were looked for."""


class LyricsUnavailable(Exception):  # noqa: N818 - named as a state of the world
    """The provider gave no usable answer; the message says why, for the user."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        """Keep for how many seconds the provider wants to be left alone (0: it did not say)."""
        super().__init__(message)
        self.retry_after = retry_after

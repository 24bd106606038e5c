"""What a source of lyrics has to offer, and how it may fail."""

from typing import Protocol

from .model import Lyrics, Song


class LyricsProvider(Protocol):
    """A source of lyrics. A new one is one class with this method."""

    def find(self, song: Song) -> Lyrics:
        """Return the lyrics of `song`; NOT_FOUND when there are none. May block for seconds.

        Raises:
            LyricsUnavailable: the source gave no answer, so that the song may be asked for again later.
        """
        ...


class LyricsUnavailable(Exception):  # noqa: N818 - named as a state of the world
    """The provider gave no usable answer; the message says why, for the user."""

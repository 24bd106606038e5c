"""Looks lyrics up in the background and remembers them."""

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from ..background import Worker
from .model import NOT_FOUND, PENDING, Lyrics, Song
from .provider import LyricsProvider, LyricsUnavailable

logger = logging.getLogger(__name__)

_REMEMBERED_SONGS = 500
_RETRY_FIRST, _RETRY_LONGEST = 5.0, 60.0


@dataclass(frozen=True)
class FetchFigures:
    """Counts since the start, and the seconds that the last look-up took (None before the first)."""

    fetches: int = 0
    errors: int = 0
    fetch_time: float | None = None


class LyricsFinder(Worker):
    """Answers at once with what is known, and finds out the rest in its thread.

    Every answer is remembered, "not found" too. Only the song asked for last is looked for: what was skipped
    is not worth a request.
    """

    def __init__(self, providers: Sequence[LyricsProvider], idle_after: float = 15.0) -> None:
        """Look in `providers`, in this order; the first that has the song wins."""
        super().__init__("spotify-lyrics", idle_after)
        self.figures = FetchFigures()
        self._providers = providers
        self._known: OrderedDict[Song, Lyrics] = OrderedDict()  # written by the thread only
        self._wanted: Song | None = None
        self._failures = 0
        self._told = False

    def lyrics_of(self, song: Song) -> Lyrics:
        """Return the lyrics of `song`; PENDING until they were looked up. Never blocks."""
        known = self._known.get(song)
        if known is not None:
            return known
        if song != self._wanted:
            self._wanted = song
            self._failures = 0
            self.wake()
        else:
            self.touch()
        return PENDING

    def step(self) -> float:
        """Look for the wanted song; returns the seconds until it should be tried again."""
        song = self._wanted
        if song is None or song in self._known:
            return math.inf
        started = time.monotonic()
        try:
            lyrics = self._find(song)
        except LyricsUnavailable as error:
            self._count(started, failed=True)
            if not self._told:
                self._told = True
                logger.warning(
                    "Spotify preprocessor: %s; prompts go on without lyrics, and it is tried again.", error
                )
            pause = min(_RETRY_FIRST * 2.0**self._failures, _RETRY_LONGEST)
            self._failures = min(self._failures + 1, 8)
            return pause
        self._count(started, failed=False)
        if self._told:
            self._told = False
            logger.warning("Spotify preprocessor: lyrics can be looked up again.")
        logger.info("Spotify preprocessor: lyrics of %r: %s", song.title, lyrics.kind.value)
        self._remember(song, lyrics)
        return math.inf

    def _find(self, song: Song) -> Lyrics:
        for provider in self._providers:
            lyrics = provider.find(song)
            if lyrics is not NOT_FOUND:
                return lyrics
        return NOT_FOUND

    def _remember(self, song: Song, lyrics: Lyrics) -> None:
        self._known[song] = lyrics
        while len(self._known) > _REMEMBERED_SONGS:
            self._known.popitem(last=False)

    def _count(self, started: float, *, failed: bool) -> None:
        figures = self.figures
        self.figures = FetchFigures(figures.fetches + 1, figures.errors + failed, time.monotonic() - started)

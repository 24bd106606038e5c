"""Looks lyrics up in the background and remembers them."""

import logging
import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from ..background import Worker
from .lrc import LAST_LINE_SECONDS
from .model import PENDING, Lyrics, Song
from .own import OwnLyrics
from .provider import LyricsProvider, LyricsUnavailable, NoLongerWanted
from .record import NOTHING_FOUND, Finding

logger = logging.getLogger(__name__)

_REMEMBERED_SONGS = 500
_RETRY_FIRST, _RETRY_LONGEST = 5.0, 60.0
_LOOK_AT_OWN = 1.0


@dataclass(frozen=True)
class FetchFigures:
    """Counts since the start, and the seconds that the last look-up took (None before the first)."""

    fetches: int = 0
    errors: int = 0
    fetch_time: float | None = None
    problem: str = ""
    """Why the last look-up failed; empty when it did not."""


class LyricsFinder(Worker):
    """Answers at once with what is known, and finds out the rest in its thread.

    Every answer is remembered, "not found" too. The song that plays comes first, then the next one; what was
    skipped is not worth a request.
    """

    def __init__(
        self,
        provider: LyricsProvider,
        own: OwnLyrics,
        *,
        last_line_seconds: float = LAST_LINE_SECONDS,
        idle_after: float = 15.0,
    ) -> None:
        """Look in `own` first, then in `provider`.

        Args:
            provider: asked once a song.
            own: asked once a second for the song that plays, so that an edit shows.
            last_line_seconds: how long a line lasts that nothing follows.
            idle_after: seconds without a question after which the thread ends.
        """
        super().__init__("spotify-lyrics", idle_after)
        self.figures = FetchFigures()
        self._provider = provider
        self._own = own
        self._last_line_seconds = last_line_seconds
        self._known: OrderedDict[Song, tuple[Finding, Lyrics]] = OrderedDict()  # written by the thread only
        self._own_known: dict[Song, tuple[Finding, Lyrics]] = {}  # replaced by the thread only
        self._playing: Song | None = None
        self._next: Song | None = None
        self._retry_at = -math.inf
        self._failures = 0
        self._told = False

    def lyrics_of(self, song: Song, next_song: Song | None = None) -> Lyrics:
        """Return the lyrics of the song that plays; PENDING until they were looked up. Never blocks.

        `next_song` is looked up too when there is time, so that its first line is there when it begins.
        """
        if song != self._playing or next_song != self._next:
            if song != self._playing:
                self._retry_at, self._failures = -math.inf, 0
            self._playing, self._next = song, next_song
            self.wake()
        else:
            self.touch()
        own = self._own_known.get(song)
        if own is not None and own[0] is not NOTHING_FOUND:
            return own[1]
        known = self._known.get(song)
        return known[1] if known is not None else PENDING

    def step(self) -> float:
        """Look for what is missing; returns the seconds until there may be something to do again."""
        playing, following = self._playing, self._next
        if playing is None:
            return math.inf
        self._own_known = {song: self._looked_at_own(song) for song in (playing, following) if song is not None}
        for song, (own, _) in self._own_known.items():
            if own is NOTHING_FOUND and song not in self._known and time.monotonic() >= self._retry_at:
                self._look_up(song)
                return 0.0
        return _LOOK_AT_OWN

    def _looked_at_own(self, song: Song) -> tuple[Finding, Lyrics]:
        finding = self._own.find(song)
        known = self._own_known.get(song)
        if known is not None and known[0] == finding:
            return known
        if finding is not NOTHING_FOUND:
            _tell(song, finding)
        return finding, finding.lyrics(self._last_line_seconds)

    def _look_up(self, song: Song) -> None:
        started = time.monotonic()
        try:
            finding = self._provider.find(song, lambda: song in {self._playing, self._next})
        except NoLongerWanted:
            return
        except Exception as error:
            if not isinstance(error, LyricsUnavailable):
                logger.debug("Unexpected answer from the lyrics provider", exc_info=True)
                error = LyricsUnavailable(f"the lyrics of {song.title!r} cannot be read ({type(error).__name__})")
            self._count(started, problem=str(error))
            if not self._told:
                self._told = True
                logger.warning(
                    "Spotify preprocessor: %s; prompts go on without lyrics, and it is tried again.", error
                )
            self._retry_at = time.monotonic() + min(_RETRY_FIRST * 2.0**self._failures, _RETRY_LONGEST)
            self._failures = min(self._failures + 1, 8)
            return
        self._count(started)
        self._failures = 0
        if self._told:
            self._told = False
            logger.warning("Spotify preprocessor: lyrics can be looked up again.")
        _tell(song, finding)
        self._known[song] = finding, finding.lyrics(self._last_line_seconds)
        while len(self._known) > _REMEMBERED_SONGS:
            self._known.popitem(last=False)

    def _count(self, started: float, problem: str = "") -> None:
        figures, seconds = self.figures, time.monotonic() - started
        self.figures = FetchFigures(figures.fetches + 1, figures.errors + bool(problem), seconds, problem)


def _tell(song: Song, finding: Finding) -> None:
    source = f", from {finding.source}" if finding.source else ""
    logger.warning("Spotify preprocessor: lyrics of %r: %s%s", song.title, finding.kind.value, source)

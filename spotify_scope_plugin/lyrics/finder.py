"""Looks lyrics up in the background and remembers them."""

import contextlib
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ..background import Worker, log
from .lrc import LAST_LINE_SECONDS
from .model import PENDING, Lyrics, Song
from .own import OwnLyrics
from .provider import LyricsProvider, LyricsUnavailable, NoLongerWanted
from .record import NOTHING_FOUND, Finding

logger = logging.getLogger(__name__)

_REMEMBERED_SONGS = 500
_RETRY_FIRST, _RETRY_SOON, _RETRY_LATER = 2.0, 4.0, 60.0
_HOPEFUL_FOR = 600.0  # most troubles are over by then; until then, the end of one is noticed soon
_PATIENCE = 4.0  # seconds after which a look-up may be one that hangs, for which nobody waits
_MOST_OF_A_SONG, _MOST_WANTED, _MOST_LOOK_UPS = 3, 4, 16
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
    """Answers at once with what is known, and finds out the rest in threads.

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
        self._look_ups: list[_LookUp] = []  # for the thread only
        self._retry_at = self._paused_until = -math.inf
        self._failing_since: float | None = None
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
        songs = [song for song in (playing, following) if song is not None]
        self._gather()
        self._own_known = {song: self._looked_at_own(song) for song in songs}
        for song in songs:
            if song in self._known or self._own_known[song][0] is not NOTHING_FOUND:
                continue
            ages = [time.monotonic() - look_up.started_at for look_up in self._look_ups if look_up.song == song]
            # One that takes long gets company: it may hang, and answer nobody when the others are answered again.
            if not ages or (min(ages) >= _PATIENCE and len(ages) < _MOST_OF_A_SONG):
                self._begin_look_up(song)
            if not ages or min(ages) < _PATIENCE:
                break  # what comes next can wait until this is known
        return _LOOK_AT_OWN

    def _begin_look_up(self, song: Song) -> None:
        is_paused = time.monotonic() < max(self._retry_at, self._paused_until)
        wanted = sum(look_up.song in {self._playing, self._next} for look_up in self._look_ups)
        if is_paused or wanted >= _MOST_WANTED or len(self._look_ups) >= _MOST_LOOK_UPS:
            return
        look_up = _LookUp(self._provider, song, lambda: song in {self._playing, self._next}, self.nudge)
        with contextlib.suppress(RuntimeError):  # no thread can be had now
            look_up.start()
            self._look_ups.append(look_up)

    def _gather(self) -> None:
        """Take what the look-ups that are over have brought."""
        for look_up in [look_up for look_up in self._look_ups if look_up.is_over]:
            self._look_ups.remove(look_up)
            if look_up.song in self._known or look_up.is_dropped:
                continue
            if look_up.finding is None:
                self._failed(look_up)
            else:
                self._found(look_up, look_up.finding)

    def _looked_at_own(self, song: Song) -> tuple[Finding, Lyrics]:
        finding = self._own.find(song)
        known = self._own_known.get(song)
        if known is not None and known[0] == finding:
            return known
        lyrics = finding.lyrics(self._last_line_seconds)
        if finding is not NOTHING_FOUND:
            _tell(song, finding, lyrics)
        return finding, lyrics

    def _found(self, look_up: "_LookUp", finding: Finding) -> None:
        lyrics = finding.lyrics(self._last_line_seconds)
        self._known[look_up.song] = finding, lyrics
        while len(self._known) > _REMEMBERED_SONGS:
            self._known.popitem(last=False)
        self._count(look_up)
        self._failing_since = None
        self._failures = 0
        if self._told:
            self._told = False
            log.warning("Spotify preprocessor: lyrics can be looked up again.")
        _tell(look_up.song, finding, lyrics)

    def _failed(self, look_up: "_LookUp") -> None:
        now, error = time.monotonic(), look_up.error
        if not isinstance(error, LyricsUnavailable):
            logger.debug("Unexpected answer from the lyrics provider: %r", error)
            error = LyricsUnavailable(
                f"the lyrics of {look_up.song.title!r} cannot be read ({type(error).__name__})"
            )
        self._count(look_up, problem=str(error))
        if not self._told:
            self._told = True
            log.warning("Spotify preprocessor: %s; prompts go on without lyrics, and it is tried again.", error)
        self._paused_until = max(self._paused_until, now + error.retry_after)
        if look_up.song not in {self._playing, self._next}:
            return  # what was skipped holds up nobody
        self._failing_since = now if self._failing_since is None else self._failing_since
        soon = now - self._failing_since < _HOPEFUL_FOR
        self._retry_at = now + min(_RETRY_FIRST * 2.0**self._failures, _RETRY_SOON if soon else _RETRY_LATER)
        self._failures = min(self._failures + 1, 8)

    def _count(self, look_up: "_LookUp", problem: str = "") -> None:
        figures, seconds = self.figures, time.monotonic() - look_up.started_at
        self.figures = FetchFigures(figures.fetches + 1, figures.errors + bool(problem), seconds, problem)


class _LookUp(threading.Thread):
    """One look-up in a thread of its own: when it hangs, it holds up nobody."""

    def __init__(
        self,
        provider: LyricsProvider,
        song: Song,
        is_wanted: Callable[[], bool],
        when_over: Callable[[], None],
    ) -> None:
        super().__init__(name="spotify-lyrics-look-up", daemon=True)
        self.song = song
        self.started_at = time.monotonic()
        self.finding: Finding | None = None
        self.error: Exception | None = None
        self.is_dropped = False
        self.is_over = False
        self._provider = provider
        self._is_wanted = is_wanted
        self._when_over = when_over

    def run(self) -> None:
        try:
            self.finding = self._provider.find(self.song, self._is_wanted)
        except NoLongerWanted:
            self.is_dropped = True
        except Exception as error:
            self.error = error
        finally:
            self.is_over = True
            self._when_over()


def _tell(song: Song, finding: Finding, lyrics: Lyrics) -> None:
    source = f", from {finding.source}" if finding.source else ""
    cut = "; they are longer than any song's, and are cut" if lyrics.is_cut else ""
    log.warning("Spotify preprocessor: lyrics of %r: %s%s%s", song.title, finding.kind.value, source, cut)

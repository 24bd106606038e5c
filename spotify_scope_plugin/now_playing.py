"""The session that all front ends share: one watcher, one finder, and the moment they add up to."""

import functools
import math
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from . import settings as environment
from .lyrics.cache import CachedLyrics, LyricsCache
from .lyrics.estimate import estimated
from .lyrics.finder import FetchFigures, LyricsFinder
from .lyrics.lrclib import Lrclib
from .lyrics.model import NOT_FOUND, LyricLine, Lyrics, LyricsKind, Song
from .lyrics.own import DEMO_SONGS, OwnLyrics
from .lyrics.provider import LyricsProvider
from .playback.model import Playback, Track
from .playback.remote.inbox import Inbox
from .playback.snapshot import Health, PollFigures, Snapshot
from .playback.source import Source
from .playback.sources import sources_for
from .playback.watcher import Watcher
from .settings import Settings


class Moment(NamedTuple):
    """What every front end shows: what plays, where it is, and what is sung there.

    `position` is in seconds; `is_estimated` tells that the player does not confirm it now. `line` and
    `next_line` are those at `position` plus the lead that was asked for; `next_line_in` is the time in seconds
    until `next_line` begins there, infinite when there is none. Until monotonic time `holds_until`, nothing but
    `position` changes unless the snapshot does.
    """

    playback: Playback
    position: float
    health: Health
    problem: str
    is_estimated: bool
    lyrics: Lyrics
    line: LyricLine | None
    next_line: LyricLine | None
    next_line_in: float
    holds_until: float

    @property
    def track(self) -> Track | None:
        """The track that plays or is paused."""
        return self.playback.track

    @property
    def is_playing(self) -> bool:
        """Whether a track is running now."""
        return self.playback.is_playing and self.playback.track is not None

    @property
    def lyrics_kind(self) -> LyricsKind:
        """What is known about the track's lyrics."""
        return self.lyrics.kind


class NowPlaying:
    """What plays now and what is sung, always at hand: `moment()` neither blocks nor raises.

    The threads start with the first `moment()` and end when nobody asks for a while.
    """

    def __init__(self, sources: Sequence[Source], finder: LyricsFinder) -> None:
        """Join sources of music, the first in line first, and a finder of lyrics; nothing is asked yet."""
        self._watcher = Watcher(sources)
        self._finder = finder
        inboxes = [source.player for source in sources if isinstance(source.player, Inbox)]
        self.inbox: Inbox | None = inboxes[0] if inboxes else None
        """Where other computers share their music; None: the settings name another source."""

    def snapshot(self) -> Snapshot:
        """Return what is known of the player, and keep the polling going."""
        self._watcher.touch()
        return self._watcher.snapshot

    def moment(
        self,
        lead: float = 0.0,
        *,
        estimate: bool = False,
        now: float | None = None,
        snapshot: Snapshot | None = None,
    ) -> Moment:
        """Return the moment at monotonic time `now`.

        Args:
            lead: seconds by which lyrics are read ahead of the music (negative: behind).
            estimate: spread lyrics that have no times over the song.
            now: monotonic time; the present when None.
            snapshot: a result of `snapshot()` to build on; a new one when None.
        """
        if snapshot is None:
            snapshot = self.snapshot()
        if now is None:
            now = time.monotonic()
        playback = snapshot.playback_at(now)
        position = playback.position_at(now)
        track = playback.track
        lyrics = NOT_FOUND
        if track is not None and not track.is_episode:
            following = snapshot.next_track_at(now)
            next_song = _song(following) if following is not None and not following.is_episode else None
            lyrics = self._finder.lyrics_of(_song(track), next_song)
            if estimate and lyrics.kind is LyricsKind.PLAIN:
                lyrics = estimated(lyrics, track.duration)
        sung_at = position + lead
        line, next_line = lyrics.line_at(sung_at), lyrics.next_line_after(sung_at)
        # A song that stands still brings no next line.
        next_line_in = math.inf
        if next_line is not None and playback.is_playing and now < playback.ends_at():
            next_line_in = next_line.start - sung_at
        holds_until = snapshot.changes_at(now)
        if playback.is_playing:
            line_ends_in = math.inf if line is None else line.end - sung_at
            holds_until = min(holds_until, now + next_line_in, now + line_ends_in)
        if lyrics.kind is LyricsKind.PENDING:
            holds_until = now
        return Moment(
            playback=playback,
            position=position,
            health=snapshot.health,
            problem=snapshot.problem,
            is_estimated=snapshot.is_estimated_at(now),
            lyrics=lyrics,
            line=line,
            next_line=next_line,
            next_line_in=next_line_in,
            holds_until=holds_until,
        )

    def look_now(self) -> None:
        """Ask the player at once, as far as its pace allows: for the impatient moment after a skip."""
        self._watcher.look_now()

    @property
    def poll_figures(self) -> PollFigures:
        """How the polling goes."""
        return self._watcher.figures

    @property
    def fetch_figures(self) -> FetchFigures:
        """How the looking up of lyrics goes."""
        return self._finder.figures

    def close(self) -> None:
        """End the threads for good. Only for front ends that know when they end."""
        self._watcher.close()
        self._finder.close()


def make_session(settings: Settings) -> NowPlaying:
    """Build a session for the source that the settings choose."""
    provider: LyricsProvider = OwnLyrics(DEMO_SONGS)
    if settings.source != "demo":
        provider = CachedLyrics(Lrclib(settings.lrclib_base_url), LyricsCache(settings.lyrics_cache))
    finder = LyricsFinder(
        provider, OwnLyrics(settings.lyrics_folder), last_line_seconds=settings.lyrics_last_line_seconds
    )
    return NowPlaying(sources_for(settings), finder)


@functools.lru_cache(maxsize=8)
def _song(track: Track) -> Song:
    return Song(track.title, track.artists, track.album, track.duration, track.id or "")


_shared: NowPlaying | None = None
_shared_lock = threading.Lock()


def shared_session() -> NowPlaying:
    """Return the one session of this process, so that two front ends never poll twice."""
    global _shared  # noqa: PLW0603 - one per process is the point
    with _shared_lock:
        if _shared is None:
            _shared = make_session(environment.current())
        return _shared

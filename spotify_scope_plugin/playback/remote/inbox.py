"""What another computer shares with this one: a player that is told what plays."""

import threading
import time
from dataclasses import dataclass

from ...background import log
from ..model import NOTHING, Playback, Track
from ..player import Queue, Unavailable, nobody_listens

SILENT_AFTER = 15.0
"""Seconds without a word after which a sharer is taken for gone; it speaks every five."""

_GONE_AFTER = 600.0  # also while a track plays whose length nobody knows


@dataclass(frozen=True)
class Sharer:
    """Who shares: `started_at` (Unix time, by this server's clock) decides between two."""

    id: str
    name: str
    started_at: float


class TakenOver(Exception):  # noqa: N818 - named as a state of the world
    """Somebody else shares, who started later."""

    def __init__(self, name: str) -> None:
        """Keep who."""
        super().__init__(f"{name} shares now, having started later; start again to take over.")


class Inbox:
    """Takes what sharers report, from any thread, and gives it to the watcher. The last one to start wins."""

    def __init__(self) -> None:
        """Begin with nobody sharing."""
        self.on_news = nobody_listens
        self._lock = threading.Lock()  # for a few instructions, never during I/O
        self._sharer: Sharer | None = None
        self._playback = NOTHING
        self._queue: tuple[Track, ...] = ()
        self._heard_at = 0.0

    def take(self, sharer: Sharer, playback: Playback, queue: tuple[Track, ...] = ()) -> str | None:
        """Take a report; returns the name of the sharer whose place this one has taken, None: nobody's.

        Raises:
            TakenOver: another one started later, and still speaks.
        """
        now = time.monotonic()
        with self._lock:
            before = self._sharer
            is_other = before is not None and before.id != sharer.id and now - self._heard_at < SILENT_AFTER
            if before is not None and is_other and before.started_at > sharer.started_at:
                raise TakenOver(before.name)
            self._sharer, self._playback, self._queue, self._heard_at = sharer, playback, queue, now
        if before is None or before.id != sharer.id:
            log.warning("Spotify preprocessor: the music is shared by %r now.", sharer.name)
        self.on_news()
        return before.name if before is not None and is_other else None

    def leave(self, sharer_id: str) -> None:
        """Say that a sharer has stopped; another one's word changes nothing."""
        with self._lock:
            sharer = self._sharer
            if sharer is None or sharer.id != sharer_id:
                return
            self._forget()
        log.warning("Spotify preprocessor: %r no longer shares its music.", sharer.name)
        self.on_news()

    def read(self) -> Playback:
        """Return what is shared.

        Raises:
            Unavailable: the sharer has fallen silent; its song goes on by the clock until it ends.
        """
        with self._lock:
            now = time.monotonic()
            sharer, playback = self._sharer, self._playback
            if sharer is None or now - self._heard_at < SILENT_AFTER:
                return playback
            if not playback.is_playing or now > playback.ends_at() or now - self._heard_at > _GONE_AFTER:
                self._forget()
                return NOTHING
        raise Unavailable(f"{sharer.name}, which shares its music, has fallen silent.")

    @property
    def is_shared(self) -> bool:
        """Whether somebody shares now, even if nothing plays there."""
        return self._sharer is not None

    def read_queue(self) -> Queue:
        """Return what follows, as far as the sharer knows."""
        with self._lock:
            return Queue(self._playback.track, self._queue)

    def _forget(self) -> None:
        self._sharer, self._playback, self._queue = None, NOTHING, ()

"""Lyrics on disk, shared by all processes of the user."""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from ..database import UserDatabase
from .model import LyricsKind, Song
from .provider import LyricsProvider, LyricsUnavailable
from .record import Finding

_DAY = 24 * 3600.0
_KEPT_FOR = {
    LyricsKind.SYNCED: 90 * _DAY,
    LyricsKind.PLAIN: 90 * _DAY,
    LyricsKind.INSTRUMENTAL: 30 * _DAY,
    LyricsKind.NOT_FOUND: 1 * _DAY,
}
MOST_SONGS = 10_000
_VERSION = 1  # of the table and of the matcher whose findings it holds
_COLUMNS = "song TEXT PRIMARY KEY, kind TEXT, text TEXT, source TEXT, stored_at REAL"


class LyricsCache:
    """An SQLite file of findings. A disk that cannot be used costs the cache and nothing else."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; it and its folder are made when something is stored."""
        self._database = UserDatabase(
            path, "the lyrics cache", "lyrics are looked up each time", {"lyrics": _COLUMNS}, _VERSION
        )

    def get(self, song: Song) -> tuple[Finding, bool] | None:
        """Return what is known of a song and whether it is still fresh; None when nothing is."""
        query = "SELECT kind, text, source, stored_at FROM lyrics WHERE song = ?"
        row = self._database.run(lambda database: database.execute(query, (_key(song),)).fetchone())
        if row is None:
            return None
        try:
            finding = Finding(LyricsKind(row[0]), str(row[1]), str(row[2]))
            return finding, 0 <= time.time() - float(row[3]) < _KEPT_FOR[finding.kind]
        except (KeyError, TypeError, ValueError):
            return None  # written by another version

    def put(self, song: Song, finding: Finding) -> None:
        """Keep a finding, and drop the oldest ones beyond `MOST_SONGS`."""
        row = (_key(song), finding.kind.value, finding.text, finding.source, time.time())
        oldest = "SELECT song FROM lyrics ORDER BY stored_at DESC LIMIT -1 OFFSET ?"

        def store(database: sqlite3.Connection) -> None:
            database.execute("INSERT OR REPLACE INTO lyrics VALUES (?, ?, ?, ?, ?)", row)
            database.execute(f"DELETE FROM lyrics WHERE song IN ({oldest})", (MOST_SONGS,))  # noqa: S608

        self._database.run(store)

    def clear(self) -> int:
        """Forget all songs; returns how many there were."""
        return self._database.run(lambda database: database.execute("DELETE FROM lyrics").rowcount) or 0


class CachedLyrics:
    """A provider that remembers the findings of another one on disk; its failures are not remembered."""

    def __init__(self, provider: LyricsProvider, cache: LyricsCache) -> None:
        """Put `cache` before `provider`."""
        self._provider = provider
        self._cache = cache

    def find(self, song: Song, is_wanted: Callable[[], bool]) -> Finding:
        """Return the known finding while it is fresh, and also when it is not but the provider fails.

        Raises:
            NoLongerWanted: as the provider.
            LyricsUnavailable: the provider fails and nothing is known.
        """
        known = self._cache.get(song)
        if known is not None and known[1]:
            return known[0]
        try:
            finding = self._provider.find(song, is_wanted)
        except LyricsUnavailable:
            if known is None:
                raise
            return known[0]
        self._cache.put(song, finding)
        return finding


def _key(song: Song) -> str:
    return json.dumps([song.title, song.artists, song.album, round(song.duration)], ensure_ascii=False)

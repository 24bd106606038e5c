"""How many questions Spotify was asked in the last 24 hours, and how many are left: shared by all processes."""

import sqlite3
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ...database import UserDatabase

_DAY = 24 * 3600.0
_PLENTY = 500.0
"""With more than this left, the pace is the usual one (1,500 questions in four hours); below, it slows down
the more, the less there is. What is left then melts ever more slowly, and lasts for four hours more."""

_STEEPNESS = 1.25
_COUNT_AGES_IN = 60.0  # seconds: others count, too, and the day rolls on

_AFTER_LOCK_OUT = 2.0  # times slower, for a day
_LONGEST_LOCK_OUT = 7 * _DAY
_TABLES = {"requests": "at REAL", "lock_outs": "began REAL, until REAL, is_quota INTEGER"}
_VERSION = 1


class Budget:
    """Counts requests in an SQLite file, by Unix time, and keeps the pauses that Spotify has asked for.

    Where the file cannot be used, it counts this process's own.
    """

    def __init__(self, path: Path, a_day: int, clock: Callable[[], float] = time.time) -> None:
        """Keep the file at `path`.

        Args:
            path: the file; made with the first request.
            a_day: how many requests a rolling day has; 0: no limit.
            clock: Unix time in seconds.
        """
        self._file = UserDatabase(
            path, "the count of requests to Spotify", "it lasts until Scope stops", _TABLES, _VERSION
        )
        self._a_day = a_day
        self._now = clock
        self._own: deque[float] = deque()
        self._used = 0
        self._counted_at = 0.0
        self._slow_until = 0.0

    def count(self) -> None:
        """Count a request that is about to be made."""
        now = self._now()
        self._own.append(now)

        def store(database: sqlite3.Connection) -> None:
            database.execute("INSERT INTO requests VALUES (?)", (now,))
            # A clock that was set back leaves times behind that have not come yet.
            database.execute("DELETE FROM requests WHERE at < ? OR at > ?", (now - _DAY, now + _DAY))

        self._file.run(store)
        self._look(now)

    def take_back(self) -> None:
        """Say that the last request never left this machine."""
        if not self._own:
            return
        at = self._own.pop()
        last = "SELECT max(rowid) FROM requests WHERE at = ?"
        self._file.run(lambda database: database.execute(f"DELETE FROM requests WHERE rowid = ({last})", (at,)))  # noqa: S608
        self._look(self._now())

    def _look(self, now: float) -> None:
        while self._own and self._own[0] < now - _DAY:
            self._own.popleft()
        query = "SELECT count(*) FROM requests WHERE at > ?"
        row = self._file.run(lambda database: database.execute(query, (now - _DAY,)).fetchone())
        self._used = len(self._own) if row is None else int(row[0])
        self._counted_at = now

    @property
    def used(self) -> int:
        """How many requests were made in the last 24 hours, by all processes; a minute old at most."""
        now = self._now()
        if not 0 <= now - self._counted_at < _COUNT_AGES_IN:
            self._look(now)
        return self._used

    @property
    def left(self) -> int | None:
        """How many are left of the day's; None without a limit."""
        return max(0, self._a_day - self.used) if self._a_day else None

    def stretch(self) -> float:
        """Return how many times slower than usual to ask, so that what is left lasts for four more hours."""
        factor = _AFTER_LOCK_OUT if self._now() < self._slow_until else 1.0
        return factor if self.left is None else factor * max(1.0, _PLENTY / max(self.left, 1)) ** _STEEPNESS

    def lock_out(self, seconds: float, *, is_quota: bool) -> None:
        """Keep a pause that Spotify asks for, so that a restart keeps it, too."""
        now = self._now()
        row = (now, now + min(seconds, _LONGEST_LOCK_OUT), is_quota)

        def store(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM lock_outs WHERE until < ?", (now - _DAY,))
            database.execute("INSERT INTO lock_outs VALUES (?, ?, ?)", row)

        self._file.run(store)

    def locked_for(self) -> tuple[float, bool]:
        """Return the seconds of the longest pause that is on, by any process, and whether it is for the quota."""
        now = self._now()
        query = "SELECT until, is_quota FROM lock_outs WHERE until > ? AND until < ? ORDER BY until DESC"
        bounds = (now - _DAY, now + _LONGEST_LOCK_OUT)
        rows = self._file.run(lambda database: database.execute(query, bounds).fetchall()) or []
        self._slow_until = max((until + _DAY for until, is_quota in rows if is_quota), default=0.0)
        until, is_quota = rows[0] if rows else (0.0, 0)
        return max(0.0, until - now), bool(is_quota)

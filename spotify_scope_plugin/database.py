"""SQLite files of the user, shared by all processes; a disk that cannot be used costs nothing but the file."""

import contextlib
import math
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .background import log

Result = TypeVar("Result")

_BUSY_TIMEOUT = 2.0  # seconds to wait for another process's write
_RESTS_FOR = 10.0  # seconds without a file that could not be used


class UserDatabase:
    """A file in the user's folder; it and its folder are made when they are first needed.

    Every call opens the file anew: that costs a millisecond, and leaves nothing open when a thread ends or a
    process is killed. A damaged file is set aside, and a new one begins.
    """

    def __init__(self, path: Path, name: str, consequence: str, tables: dict[str, str], version: int) -> None:
        """Use the file at `path`.

        Args:
            path: the file.
            name: what the user calls it, such as "the lyrics cache".
            consequence: what follows when it cannot be used, as the end of a sentence.
            tables: name of each table, and its columns in SQL.
            version: of the tables; those of another version are dropped.
        """
        self._path = path
        self._name = name
        self._consequence = consequence
        self._tables = tables
        self._version = version
        self._warned = False
        self._rests_until = -math.inf

    def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result | None:
        """Do some work, each statement by itself; None, and a word in the log, when the file cannot be used."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT, isolation_level=None)
            with contextlib.closing(connection) as database:
                if _version(database) != self._version:
                    self._begin_anew(database)
                return work(database)
        except sqlite3.OperationalError as error:  # locked, read-only, full
            # Whoever waits for a lock waits for seconds, each time.
            self._rests_until = time.monotonic() + _RESTS_FOR
            self._warn(error)
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
        except (OSError, UnicodeError) as error:
            self._warn(error)
        return None

    def _begin_anew(self, database: sqlite3.Connection) -> None:
        with database:
            database.execute("BEGIN IMMEDIATE")
            # Asked again under the lock: the tables of a process that was faster are not to be dropped.
            if _version(database) != self._version:
                for table, columns in self._tables.items():
                    database.execute(f"DROP TABLE IF EXISTS {table}")
                    database.execute(f"CREATE TABLE {table} ({columns})")
                database.execute(f"PRAGMA user_version = {self._version}")

    def _set_aside(self, error: Exception) -> None:
        aside = self._path.with_name(self._path.name + ".damaged")
        with contextlib.suppress(OSError):
            self._path.replace(aside)
        log.warning(
            "Spotify preprocessor: %s was damaged (%s); it is now %s, and a new one begins.",
            self._name,
            error,
            aside,
        )

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            log.warning(
                "Spotify preprocessor: %s %s cannot be used (%s); %s.",
                self._name,
                self._path,
                error,
                self._consequence,
            )


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])

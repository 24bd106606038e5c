"""The login on disk: spotipy's JSON, shared by every process of the user, never half written."""

import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import filelock

from ...background import log
from ...files import read_bounded
from ..player import Unavailable

_LOCK_TIMEOUT = 20.0
_REPLACE_TRIES = 6
_LARGEST_FILE = 64 * 1024  # bytes
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_NEW = ".new-"
_OLD = 60.0  # seconds: nobody writes for so long
_UNREADABLE = (-1,)  # there may be a file, in a folder that this user may not enter

Token = dict[str, Any]
"""`access_token, token_type, expires_in, scope, expires_at, refresh_token`, as spotipy writes them."""


class TokenFile:
    """Keeps the token in `path`, and in memory so that a read-only disk costs nothing but the file.

    The file has mode 0600 where the system knows modes.
    """

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; its folder is made when a token is saved."""
        self.path = path
        self.problem = ""
        """Why what lies there cannot be used; empty: it can, or there is nothing."""
        self._token: Token | None = None
        self._version: tuple[int, ...] | None = None
        self._warned = False

    def read(self) -> Token | None:
        """Return the token, or None when there is none.

        The file is read again only when it has changed, so that this may be called once a second.
        """
        version = self._file_version()
        if version != self._version:
            self._version = version
            self.problem = ""
            # A damaged file takes nothing from a running process; a deleted one is a log-out.
            self._token = None if version is None else self._parse() or self._token
        return self._token

    def is_changed(self) -> bool:
        """Tell whether somebody has changed the file since it was read."""
        return self._file_version() != self._version

    def keep(self, token: Token, *, must_last: bool = True) -> None:
        """Save the token if the disk allows it, and keep it in memory at any rate.

        With `must_last`, a disk that does not allow it is warned about, once.
        """
        try:
            self.write(token)
        except OSError as error:
            self._token = token
            if must_last and not self._warned:
                self._warned = True
                log.warning(
                    "Spotify preprocessor: the login cannot be saved in %s (%s); it lasts until Scope stops. "
                    "Make the folder writable or set SPOTIFY_SCOPE_HOME to another one.",
                    self.path,
                    error.strerror,
                )

    def write(self, token: Token) -> None:
        """Replace the file in one step.

        Raises:
            OSError: the folder or file cannot be written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        # mkstemp gives the file mode 0600; in the same folder, so that the replacement is atomic.
        descriptor, temporary = tempfile.mkstemp(prefix=self.path.name + _NEW, dir=self.path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(token, file)
                file.flush()
                os.fsync(file.fileno())
            _replace(Path(temporary), self.path)
        finally:
            Path(temporary).unlink(missing_ok=True)
        self._token, self._version = token, self._file_version()

    def check_writable(self) -> None:
        """Find out whether `write` can work, without touching the token.

        Raises:
            OSError: the folder cannot be made or written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=self.path.name + _NEW, dir=self.path.parent)
        os.close(descriptor)
        Path(temporary).unlink()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that all processes take to refresh the token.

        Raises:
            Unavailable: another process has held it for too long.
        """
        lock = filelock.FileLock(f"{self.path}.lock", timeout=_LOCK_TIMEOUT)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout:
            raise Unavailable(
                f"Another process holds {self.path}.lock and does not let go; stop it, or delete that file."
            ) from None
        except (OSError, NotImplementedError):
            # Nothing can be written there, so no other process can share this file either.
            yield
            return
        try:
            yield
        finally:
            lock.release()

    def _sweep(self) -> None:
        """Remove what a process has left behind that was killed while it wrote."""
        for file in self.path.parent.glob(f"{self.path.name}{_NEW}*"):
            with contextlib.suppress(OSError):
                if file.stat().st_mtime < time.time() - _OLD:
                    file.unlink()

    def _file_version(self) -> tuple[int, ...] | None:
        try:
            stat = self.path.stat()
        except PermissionError:
            return _UNREADABLE
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino

    def _parse(self) -> Token | None:
        """Return the token; None, and `problem`, when there is none that can be used."""
        try:
            token = json.loads(read_bounded(self.path, _LARGEST_FILE))
        except (OSError, ValueError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is damaged"
            self.problem = f"The login in {self.path} cannot be used ({reason})"
            token = None
        else:
            is_login = isinstance(token, dict) and is_token(token.get("refresh_token"))
            self.problem = "" if is_login else f"{self.path} holds no Spotify login"
        if self.problem:
            log.warning("Spotify preprocessor: %s; run `spotify-scope auth` to log in again.", self.problem)
            return None
        if not is_token(token.get("access_token")):
            token["access_token"] = ""  # gets a new one
        return cast("Token", token)


def is_token(value: Any) -> bool:
    """Tell whether a value can be sent as a token: one word of plain characters."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _replace(source: Path, target: Path) -> None:
    """Rename a file over another one; on Windows that fails while somebody reads it, so try for a moment."""
    for _ in range(_REPLACE_TRIES - 1):
        try:
            source.replace(target)
        except PermissionError:  # noqa: PERF203 - the loop is for the error
            time.sleep(0.05)
        else:
            return
    source.replace(target)

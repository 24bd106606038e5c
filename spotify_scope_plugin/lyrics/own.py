"""The user's own `.lrc` files: they win over everything else, and an edit shows while the song plays."""

import codecs
import itertools
from collections.abc import Callable
from pathlib import Path

from ..background import Yielding, log
from ..files import read_bounded
from .model import Song
from .names import fold, spelling
from .record import NOTHING_FOUND, Finding, finding_from_text

_LARGEST_FILE = 1024 * 1024  # bytes
_MOST_FILES = 10_000
_UNREADABLE = (0, 0), NOTHING_FOUND

DEMO_SONGS = Path(__file__).parent / "songs"


class OwnLyrics:
    """Finds a song's file in a folder: `<Spotify track id>.lrc` or `Artist - Title.lrc`.

    Names are compared without case, accents, punctuation and spaces, so that any file system can hold them.
    Cheap enough to ask once a second: the folder is listed, and a file read, only when they have changed.
    """

    def __init__(self, folder: Path) -> None:
        """Use the files in `folder`, which need not exist."""
        self._folder = folder
        self._listed: int | None = None
        self._files: dict[str, Path] = {}
        self._read: dict[Path, tuple[tuple[int, int], Finding]] = {}

    def find(self, song: Song, is_wanted: Callable[[], bool] = lambda: True) -> Finding:  # noqa: ARG002
        """Return what the song's file says, NOTHING_FOUND without one; never fails."""
        file = self._file(song)
        if file is None:
            return NOTHING_FOUND
        try:
            stat = file.stat()
            version = stat.st_mtime_ns, stat.st_size
            if file not in self._read or self._read[file][0] != version:
                text = _decoded(read_bounded(file, _LARGEST_FILE))
                self._read[file] = version, finding_from_text(text, str(file))
        except OSError as error:
            if file not in self._read or self._read[file] != _UNREADABLE:
                log.warning("Spotify preprocessor: %s cannot be read (%s).", file, error.strerror)
            self._read[file] = _UNREADABLE  # tried again: an editor may hold it just now
        return self._read[file][1]

    def _file(self, song: Song) -> Path | None:
        self._list()
        names = [f"{artist} - {song.title}" for artist in (", ".join(song.artists), *song.artists[:1])]
        keys = (key for key in map(_key, [song.id, *names]) if key)
        return next((self._files[key] for key in keys if key in self._files), None)

    def _list(self) -> None:
        try:
            listed = self._folder.stat().st_mtime_ns
        except OSError:
            self._listed, self._files = None, {}
            return
        if listed != self._listed:
            self._listed = listed
            let_others_work = Yielding()
            files: dict[str, Path] = {}
            for file in sorted(itertools.islice(self._folder.glob("*.[lL][rR][cC]"), _MOST_FILES)):
                let_others_work()
                files[_key(file.stem)] = file
            self._files = files


def _key(name: str) -> str:
    return spelling(fold(name))


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")  # Notepad's "Unicode"
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")

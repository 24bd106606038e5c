"""What providers hand over: an LRCLIB record, and a finding."""

from dataclasses import dataclass
from typing import Any

from .lrc import LAST_LINE_SECONDS, LONGEST_TEXT, parse_lrc
from .model import INSTRUMENTAL, NOT_FOUND, Lyrics, LyricsKind


@dataclass(frozen=True)
class Record:
    """A record of LRCLIB. `duration` is in seconds, 0 when unknown; `synced` is LRC text, empty without stamps."""

    id: int
    title: str
    artist: str
    album: str
    duration: float
    instrumental: bool
    plain: str
    synced: str

    @property
    def last_start(self) -> float:
        """When the last line begins, in seconds; 0 without synced lines."""
        lines = parse_lrc(self.synced).lines
        return lines[-1].start if lines else 0.0

    def finding(self) -> "Finding":
        """Return what the record says."""
        source = f"LRCLIB record {self.id}"
        if self.synced:
            return Finding(LyricsKind.SYNCED, self.synced, source)
        if self.plain:
            return Finding(LyricsKind.PLAIN, self.plain, source)
        return Finding(LyricsKind.INSTRUMENTAL if self.instrumental else LyricsKind.NOT_FOUND, "", source)


@dataclass(frozen=True)
class Finding:
    """Lyrics as they are kept: their kind, the LRC text or the plain words, and where they come from."""

    kind: LyricsKind
    text: str = ""
    source: str = ""

    def lyrics(self, last_line_seconds: float = LAST_LINE_SECONDS) -> Lyrics:
        """Return the timed lines, or what is known instead."""
        if self.kind is LyricsKind.SYNCED:
            return parse_lrc(self.text, last_line_seconds)
        if self.kind is LyricsKind.PLAIN:
            return Lyrics(LyricsKind.PLAIN, plain=self.text[:LONGEST_TEXT], is_cut=len(self.text) > LONGEST_TEXT)
        return INSTRUMENTAL if self.kind is LyricsKind.INSTRUMENTAL else NOT_FOUND


_LONGEST_NAME = 500  # characters

NOTHING_FOUND = Finding(LyricsKind.NOT_FOUND)


def finding_from_text(text: str, source: str) -> Finding:
    """Return the finding of a text of unknown kind: synced if any line has a stamp, else plain."""
    if parse_lrc(text).lines:
        return Finding(LyricsKind.SYNCED, text, source)
    return Finding(LyricsKind.PLAIN, text, source) if text.strip() else NOTHING_FOUND


def record_from(body: Any) -> Record:
    """Translate LRCLIB's JSON; fields that are missing or of a wrong type are empty.

    Raises:
        ValueError: this is no record at all.
    """
    if not isinstance(body, dict):
        raise ValueError("not an LRCLIB record")  # noqa: TRY004 - the answer's shape is bad input, not a bug
    synced = _text(body.get("syncedLyrics"))
    duration = body.get("duration")
    return Record(
        id=body["id"] if isinstance(body.get("id"), int) else 0,
        title=_text(body.get("trackName"), _LONGEST_NAME),
        artist=_text(body.get("artistName"), _LONGEST_NAME),
        album=_text(body.get("albumName"), _LONGEST_NAME),
        duration=float(duration) if isinstance(duration, int | float) and 0 < duration < 1e6 else 0.0,
        instrumental=body.get("instrumental") is True,
        plain=_text(body.get("plainLyrics")),
        synced=synced if parse_lrc(synced).lines else "",
    )


def _text(value: Any, longest: int = LONGEST_TEXT + 1) -> str:
    """Return text of bounded length that any file can hold: JSON may carry halves of characters."""
    if not isinstance(value, str):
        return ""
    return value[:longest].encode(errors="ignore").decode().strip()

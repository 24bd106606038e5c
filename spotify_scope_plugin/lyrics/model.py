"""The values this room hands on: `Song` (what to look for), `LyricLine` and `Lyrics`."""

import enum
from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Song:
    """What identifies a song to a lyrics provider.

    `duration` is in seconds, 0 when unknown. `id` is the player's own name for the song, which a file may bear.
    """

    title: str
    artists: tuple[str, ...] = ()
    album: str = ""
    duration: float = 0.0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or another part of a line, with the time in seconds at which it is sung.

    It keeps the space that follows it, so that a line's words joined are its text.
    """

    start: float
    text: str


@dataclass(frozen=True, slots=True)
class LyricLine:
    """A sung line: from `start` up to but not including `end`, in seconds from the start of the song.

    `index` counts the sung lines of the song from 0. `words` is empty unless the LRC has word stamps.
    """

    index: int
    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()


class LyricsKind(enum.Enum):
    """What is known about a song's lyrics."""

    PENDING = "pending"  # being looked for
    SYNCED = "synced"
    PLAIN = "plain"  # words without times
    INSTRUMENTAL = "instrumental"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Lyrics:
    """The lyrics of one song. `lines` are sorted, do not overlap, and are empty unless `kind` is SYNCED.

    `plain` holds the words of lyrics without times. `is_cut` tells that there was more than any song has.
    """

    kind: LyricsKind
    lines: tuple[LyricLine, ...] = ()
    plain: str = ""
    is_cut: bool = False
    _starts: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the starts apart: bisection over them is what the frame path does."""
        object.__setattr__(self, "_starts", tuple(line.start for line in self.lines))

    def line_at(self, position: float) -> LyricLine | None:
        """Return the line that is sung at `position` seconds, or None in a gap. O(log n)."""
        before = bisect_right(self._starts, position) - 1
        if before < 0 or position >= self.lines[before].end:
            return None
        return self.lines[before]

    def next_line_after(self, position: float) -> LyricLine | None:
        """Return the first line that starts after `position` seconds. O(log n)."""
        after = bisect_right(self._starts, position)
        return self.lines[after] if after < len(self.lines) else None


PENDING = Lyrics(LyricsKind.PENDING)
INSTRUMENTAL = Lyrics(LyricsKind.INSTRUMENTAL)
NOT_FOUND = Lyrics(LyricsKind.NOT_FOUND)

"""The LRC parser: any text in, sorted lines out. It never raises.

The format as found in the wild: `[mm:ss.xx]` with one to three digits of minutes and any fraction, `[mm:ss]`,
`[mm:ss:xx]`, several stamps on a line, lines in any order, tags such as `[ar:...]`, `[offset:+250]` in
milliseconds (positive: lyrics come earlier), a stamp with no text for silence, word stamps `<mm:ss.xx>`.
"""

import itertools
import re
from collections.abc import Iterator

from ..background import Yielding
from .model import LyricLine, Lyrics, LyricsKind, Word

LAST_LINE_SECONDS = 12.0
"""How long a line lasts that no other line or silence follows."""

MOST_LINES, MOST_WORDS = 5_000, 10_000
LONGEST_TEXT = 512 * 1024
"""Characters of lyrics that are read, and what they may hold. No song has half of it.

Each word is an object: fifty thousand of them at once make Python collect garbage, through all that the host
holds, for the time of two frames.
"""

_LONGEST_LINE = 1_000  # characters
_MOST_ROWS = 4 * MOST_LINES  # with empty ones and tags
_LONGEST_ROW = 4 * _LONGEST_LINE
_TAGS = 4_000  # characters at the beginning, in which tags stand
_TIME = r"(\d{1,3}):(\d{1,2})(?:[.:](\d{1,6}))?"
_LINE_STAMP = re.compile(rf"\s*\[{_TIME}\]", re.ASCII)
_WORD_STAMP = re.compile(rf"<{_TIME}>", re.ASCII)
_OFFSET = re.compile(r"\[offset:\s{0,9}([+-]?)\s{0,9}(\d{1,7})(?:\.\d*)?\s*\]", re.ASCII | re.IGNORECASE)
_MOST_STAMPS = 100  # of one line: no chorus comes more often
_SPACES = re.compile(r"\s+")
_ROW_END = re.compile(r"\r\n|\r|\n")


def parse_lrc(text: str, last_line_seconds: float = LAST_LINE_SECONDS) -> Lyrics:
    """Parse LRC text.

    Args:
        text: the whole text; rows without a stamp are not sung.
        last_line_seconds: how long a line lasts that nothing follows.

    Returns:
        SYNCED lyrics; with no lines when the text holds no sung line with a stamp. What lies beyond the limits
        above is cut off (`is_cut`).
    """
    let_others_work = Yielding()
    is_cut = len(text) > LONGEST_TEXT or text.count("\n") > _MOST_ROWS
    text = text[:LONGEST_TEXT]
    words_left = MOST_WORDS
    offset = _OFFSET.search(text, 0, _TAGS)
    earlier = int(offset[1] + offset[2]) / 1000 if offset else 0.0
    stamped: list[tuple[float, str, tuple[Word, ...]]] = []
    for row in _rows(text.lstrip("\ufeff")):
        let_others_work()
        starts, rest = _line_stamps(row)
        if not starts:
            continue
        rest = rest[:_LONGEST_LINE]
        words = _words(rest, starts[0]) if _WORD_STAMP.search(rest) else ()
        plain = " ".join((_WORD_STAMP.sub("", rest) if words else rest).split())
        for start in starts[: MOST_LINES - len(stamped)]:
            let_others_work()
            moved = start - starts[0] - earlier  # a repeated line's word stamps are those of its first time
            shifted = tuple(Word(max(0.0, word.start + moved), word.text) for word in words[:words_left])
            words_left -= len(shifted)
            stamped.append((max(0.0, start - earlier), plain, shifted if len(shifted) == len(words) else ()))
        if len(stamped) == MOST_LINES:
            is_cut = True
            break
    # Of several lines with the same stamp, the first one in the file is sung; a translation often follows it.
    stamped.sort(key=lambda line: (line[0], not line[1]))
    stamped = [line for place, line in enumerate(stamped) if place == 0 or line[0] != stamped[place - 1][0]]
    ends = [*(line[0] for line in stamped), stamped[-1][0] + last_line_seconds if stamped else 0.0][1:]
    lines: list[LyricLine] = []
    for (start, plain, shifted), end in zip(stamped, ends, strict=True):
        let_others_work()
        if plain and end > start:
            lines.append(LyricLine(len(lines), start, end, plain, shifted))
    return Lyrics(LyricsKind.SYNCED, tuple(lines), is_cut=is_cut or words_left == 0)


def _rows(text: str) -> Iterator[str]:
    """Yield the rows one by one, so that others can work in between, and no more than any lyrics have."""
    begin = 0
    for end in itertools.islice(_ROW_END.finditer(text), _MOST_ROWS):
        yield text[begin : end.start()]
        begin = end.end()
    yield text[begin : begin + _LONGEST_ROW]


def _line_stamps(row: str) -> tuple[list[float], str]:
    """Split a row into the times of its leading stamps, in seconds, and the text behind them."""
    starts: list[float] = []
    at = 0
    while len(starts) < _MOST_STAMPS and (stamp := _LINE_STAMP.match(row, at)):
        starts.append(_seconds(stamp))
        at = stamp.end()
    return starts, row[at:]


def _words(text: str, line_start: float) -> tuple[Word, ...]:
    """Divide a line at its word stamps; what stands before the first one begins with the line."""
    stamps = list(_WORD_STAMP.finditer(text))
    starts = [line_start, *map(_seconds, stamps)]
    begins = [0, *(stamp.end() for stamp in stamps)]
    ends = [*(stamp.start() for stamp in stamps), len(text)]
    words: list[Word] = []
    for start, begin, end in zip(starts, begins, ends, strict=True):
        part = _SPACES.sub(" ", text[begin:end])
        if not words or words[-1].text.endswith(" "):
            part = part.lstrip()
        if part.strip():
            words.append(Word(max(start, words[-1].start) if words else start, part))
        elif words:
            words[-1] = Word(words[-1].start, words[-1].text + part)
    if words:
        words[-1] = Word(words[-1].start, words[-1].text.rstrip())
    return tuple(words)


def _seconds(stamp: re.Match[str]) -> float:
    minutes, seconds, fraction = stamp.groups()
    return int(minutes) * 60 + int(seconds) + (float(f"0.{fraction}") if fraction else 0.0)

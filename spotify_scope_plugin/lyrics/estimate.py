"""Times for lyrics that have none: a guess, for those who ask for it."""

import functools

from .model import LyricLine, Lyrics, LyricsKind

_INTRO, _OUTRO = 0.06, 0.94  # shares of a song between which it is usually sung


@functools.lru_cache(maxsize=32)
def estimated(lyrics: Lyrics, duration: float) -> Lyrics:
    """Spread plain lyrics over `duration` seconds, each line for a time that fits its length.

    Lyrics of another kind, or a song of unknown length, come back as they are.
    """
    rows = [row.strip() for row in lyrics.plain.splitlines()]
    # "[Chorus]" names what follows, and is not sung.
    rows = [row for row in rows if row and not (row.startswith("[") and row.endswith("]"))]
    if lyrics.kind is not LyricsKind.PLAIN or not rows or not duration:
        return lyrics
    seconds_per_letter = duration * (_OUTRO - _INTRO) / sum(len(row) + 10 for row in rows)
    lines = []
    start = duration * _INTRO
    for index, row in enumerate(rows):
        end = start + (len(row) + 10) * seconds_per_letter
        lines.append(LyricLine(index, start, end, row))
        start = end
    return Lyrics(LyricsKind.SYNCED, tuple(lines))

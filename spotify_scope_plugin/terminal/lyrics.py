"""Which lyrics are found for a song, and why: the tool to understand a miss."""

from ..lyrics.cache import LyricsCache
from ..lyrics.lrclib import Attempt, Lrclib
from ..lyrics.matcher import THRESHOLD, Verdict
from ..lyrics.model import Song
from ..lyrics.names import understand
from ..lyrics.own import OwnLyrics
from ..lyrics.provider import LyricsUnavailable
from ..lyrics.record import NOTHING_FOUND, Finding
from ..settings import Settings
from .text import printable, song_clock

_SHOWN_LINES = 4
_SHOWN_VERDICTS = 8


def show_lyrics(settings: Settings, song: Song) -> int:
    """Look a song up afresh and print every step; returns the exit code: 0 found, 1 not found or no answer."""
    title = understand(song.title)
    takes = f", take: {' '.join(sorted(title.takes))}" if title.takes else ""
    print(f"Looking for {title.plain!r} by {', '.join(song.artists)}{takes}.")
    own = OwnLyrics(settings.lyrics_folder).find(song)
    if own is not NOTHING_FOUND:
        print(f"\nFound in your own file {own.source}, which wins over LRCLIB:")
        _show_finding(own)
        return 0
    known = LyricsCache(settings.lyrics_cache).get(song)
    if known is not None:
        print(f"In the cache: {known[0].kind.value}{'' if known[1] else ', but old'}.")
    try:
        search = Lrclib(settings.lrclib_base_url).search(song)
    except LyricsUnavailable as error:
        print(f"{error}.")
        return 1
    for attempt in search.attempts:
        _show_attempt(attempt)
    if search.chosen is None:
        print(f"\nNot found: nothing scores {THRESHOLD} or more.")
        return 1
    print(f"\nFound, with a score of {search.chosen.score}:")
    _show_finding(search.chosen.record.finding())
    return 0


def clear_cache(settings: Settings) -> int:
    """Forget all found lyrics; the user's own files stay."""
    count = LyricsCache(settings.lyrics_cache).clear()
    print(f"Forgot the lyrics of {count} songs. Your own files in {settings.lyrics_folder} stay.")
    return 0


def _show_attempt(attempt: Attempt) -> None:
    query = ", ".join(f"{name}={value!r}" for name, value in attempt.query.items())
    print(f"\n{attempt.path}: {query}")
    if not attempt.verdicts:
        print("  nothing")
    for verdict in attempt.verdicts[:_SHOWN_VERDICTS]:
        _show_verdict(verdict)
    if len(attempt.verdicts) > _SHOWN_VERDICTS:
        print(f"  ... and {len(attempt.verdicts) - _SHOWN_VERDICTS} more")


def _show_verdict(verdict: Verdict) -> None:
    record = verdict.record
    kind = record.finding().kind.value
    album = f" [{record.album}]" if record.album else ""
    length = song_clock(record.duration)
    print(f"  {verdict.score:5.3f}  {record.title!r} by {record.artist!r}{album}, {length}, {kind}")
    print(f"         {'; '.join(verdict.reasons)}")


def _show_finding(finding: Finding) -> None:
    print(f"{finding.source}: {finding.kind.value}")
    lines = finding.lyrics().lines
    for line in lines[:_SHOWN_LINES]:
        print(f"  {song_clock(line.start)}  {printable(line.text)}")
    if len(lines) > _SHOWN_LINES:
        print(f"  ... {len(lines)} lines, the last at {song_clock(lines[-1].start)}")

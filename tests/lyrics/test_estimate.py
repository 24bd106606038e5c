"""Times for lyrics that have none."""

import itertools

from spotify_scope_plugin.lyrics.estimate import estimated
from spotify_scope_plugin.lyrics.lrc import parse_lrc
from spotify_scope_plugin.lyrics.model import NOT_FOUND, Lyrics, LyricsKind

PLAIN = Lyrics(LyricsKind.PLAIN, plain="[Verse 1]\nA short line\n\nA line that is a good deal longer\nEnd")


def test_lines_are_spread_over_the_song_by_their_length() -> None:
    lines = estimated(PLAIN, 100.0).lines
    assert [line.text for line in lines] == ["A short line", "A line that is a good deal longer", "End"]
    assert 0 < lines[0].start < 10
    assert 90 < lines[-1].end < 100
    assert all(before.end == after.start for before, after in itertools.pairwise(lines))
    assert lines[1].end - lines[1].start > lines[0].end - lines[0].start


def test_everything_else_stays_as_it_is() -> None:
    synced = parse_lrc("[00:01]x")
    assert estimated(synced, 100.0) is synced
    assert estimated(NOT_FOUND, 100.0) is NOT_FOUND
    assert estimated(PLAIN, 0.0) is PLAIN
    empty = Lyrics(LyricsKind.PLAIN, plain="\n[Chorus]\n")
    assert estimated(empty, 100.0) is empty

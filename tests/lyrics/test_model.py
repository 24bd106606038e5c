"""Finding the line of a moment."""

from hypothesis import given
from hypothesis import strategies as st

from spotify_scope_plugin.lyrics.lrc import parse_lrc
from spotify_scope_plugin.lyrics.model import NOT_FOUND

LYRICS = parse_lrc("[00:10]One\n[00:15]Two\n[00:20]\n[00:30]Three")


def text_at(position: float) -> str | None:
    line = LYRICS.line_at(position)
    return line.text if line else None


def test_a_line_lasts_from_its_start_to_its_end() -> None:
    assert [text_at(at) for at in (9.99, 10, 14.99, 15, 19.99, 20, 30, 41.9, 42)] == [
        None, "One", "One", "Two", "Two", None, "Three", "Three", None,
    ]  # fmt: skip


def test_the_next_line() -> None:
    found = [LYRICS.next_line_after(at) for at in (0, 10, 17, 25, 30)]
    assert [line.text if line else None for line in found] == ["One", "Two", "Three", "Three", None]


def test_without_lines_there_is_none() -> None:
    assert NOT_FOUND.line_at(5) is None
    assert NOT_FOUND.next_line_after(5) is None


@given(st.lists(st.integers(0, 500), max_size=30), st.floats(0, 600))
def test_it_finds_what_a_search_line_by_line_finds(starts: list[int], position: float) -> None:
    lyrics = parse_lrc("\n".join(f"[{start // 60}:{start % 60}]at {start}" for start in starts))
    covering = [line for line in lyrics.lines if line.start <= position < line.end]
    coming = [line for line in lyrics.lines if line.start > position]
    assert lyrics.line_at(position) == (covering[0] if covering else None)
    assert lyrics.next_line_after(position) == (coming[0] if coming else None)

"""The LRC parser: the format as found in the wild, and anything else."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotify_scope_plugin.lyrics.lrc import LAST_LINE_SECONDS, LONGEST_TEXT, MOST_LINES, MOST_WORDS, parse_lrc
from spotify_scope_plugin.lyrics.model import Word


def lines(text: str) -> list[tuple[float, float, str]]:
    return [(line.start, line.end, line.text) for line in parse_lrc(text).lines]


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("[00:12.34]", 12.34),
        ("[00:12]", 12.0),
        ("[00:12.345]", 12.345),
        ("[00:12.3]", 12.3),
        ("[00:12:34]", 12.34),
        ("[1:02.50]", 62.5),
        ("[123:04.00]", 7384.0),
        (" [00:12.34] ", 12.34),
    ],
)
def test_a_stamp(stamp: str, seconds: float) -> None:
    assert lines(f"{stamp}Words") == [(seconds, seconds + LAST_LINE_SECONDS, "Words")]


def test_a_line_ends_where_the_next_begins() -> None:
    assert lines("[00:01]One\n[00:02]Two") == [(1, 2, "One"), (2, 2 + LAST_LINE_SECONDS, "Two")]


def test_an_empty_line_ends_the_one_before() -> None:
    assert lines("[00:01]One\n[00:02]\n[00:09]Two")[0] == (1, 2, "One")


def test_a_repeated_line_has_several_stamps() -> None:
    assert [start for start, _, _ in lines("[00:12.00][01:15.00] Chorus")] == [12, 75]


def test_lines_may_stand_in_any_order() -> None:
    assert [text for _, _, text in lines("[00:05]B\n[00:01]A\n[00:09]C")] == ["A", "B", "C"]


def test_of_two_lines_at_once_the_first_is_sung() -> None:
    assert [text for _, _, text in lines("[00:05]original\n[00:05]translation")] == ["original"]
    assert [text for _, _, text in lines("[00:05]\n[00:05]words")] == ["words"]


@pytest.mark.parametrize("separator", ["\u2028", "\x0b", "\x0c", "\x85"])
def test_only_line_ends_end_a_row(separator: str) -> None:
    assert len(lines(f"[00:05]one{separator}two")) == 1


def test_windows_line_ends_and_a_byte_order_mark() -> None:
    assert lines("\ufeff[00:01]One\r\n[00:02]Two\r\n")[0] == (1, 2, "One")


@pytest.mark.parametrize(
    ("offset", "start"),
    [("+250", 9.75), ("250", 9.75), ("-500", 10.5), (" +1000 ", 9.0), ("+ 250", 9.75), ("250.0", 9.75)],
)
def test_a_positive_offset_makes_lines_earlier(offset: str, start: float) -> None:
    assert lines(f"[offset:{offset}]\n[00:10]Words")[0][0] == start


def test_an_offset_never_moves_a_line_before_the_song() -> None:
    assert lines("[offset:+5000]\n[00:01]Words\n[00:09]More")[0] == (0, 4, "Words")


def test_tags_and_rows_without_stamps_are_not_sung() -> None:
    assert lines("[ar:Artist]\n[length:03:12]\n[by:me]\nSpoken\n[00:01]Sung [live]")[0][2] == "Sung [live]"


def test_word_stamps() -> None:
    line = parse_lrc("[00:12.00] <00:12.00> Walk <00:12.50> with\n[00:20]x").lines[0]
    assert line.text == "Walk with"
    assert line.words == (Word(12.0, "Walk "), Word(12.5, "with"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("<00:12>Hal<00:13>le<00:14>lu <00:15>jah", ["Hal", "le", "lu ", "jah"]),
        ("Oh <00:13>my<00:14> <00:15>love<00:16>", ["Oh ", "my ", "love"]),
        ("<00:14>later <00:12>sooner", ["later ", "sooner"]),
    ],
)
def test_words_joined_are_the_line(row: str, words: list[str]) -> None:
    line = parse_lrc(f"[00:12]{row}\n[00:20]x").lines[0]
    assert [word.text for word in line.words] == words
    assert "".join(words) == line.text
    assert [word.start for word in line.words] == sorted(word.start for word in line.words)
    assert line.words[0].start >= line.start


def test_word_stamps_of_a_repeated_line_move_with_it() -> None:
    first, second = parse_lrc("[offset:+500]\n[00:10][01:10]<00:10.00>Walk <00:11.00>on").lines
    assert [word.start for word in first.words] == [9.5, 10.5]
    assert [word.start - second.start for word in second.words] == [0, 1]


def test_lines_know_their_place() -> None:
    assert [line.index for line in parse_lrc("[00:01]A\n[00:02]\n[00:03]B").lines] == [0, 1]


@given(st.text() | st.from_regex(r"(\[\d{1,3}:\d\d(\.\d+)?\]|<0:01>|\[offset:-?\d+\]|word|\n){1,12}"))
def test_anything_gives_sorted_lines_that_do_not_overlap(text: str) -> None:
    found = parse_lrc(text).lines
    assert all(line.text and 0 <= line.start < line.end for line in found)
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))
    for line in found:
        assert "".join(word.text for word in line.words) in {"", line.text}


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    parse_lrc(data.decode("latin-1"))


@pytest.mark.parametrize("row", ["[00:01.00]" * 3000 + "<00:01.00>a" * 3000, "[offset:" + " " * 20_000])
def test_a_hostile_row_does_not_keep_the_parser_busy(row: str) -> None:
    started = time.perf_counter()
    parse_lrc(row)
    assert time.perf_counter() - started < 2.0  # unbounded, it took twelve seconds and a gigabyte


def _many_lines(count: int) -> str:
    return "\n".join(f"[{index // 60:03d}:{index % 60:02d}.00]Line number {index}" for index in range(count))


def test_as_many_lines_as_are_read_take_no_time() -> None:
    text = _many_lines(MOST_LINES)
    best = min(_seconds_to_parse(text) for _ in range(3))
    assert best < 0.5  # a bound against quadratic work; the benchmark has the figure


def _seconds_to_parse(text: str) -> float:
    started = time.perf_counter()
    assert len(parse_lrc(text).lines) == MOST_LINES
    return time.perf_counter() - started


class TestLimits:
    def test_lines(self) -> None:
        lyrics = parse_lrc(_many_lines(MOST_LINES + 1))
        assert len(lyrics.lines) == MOST_LINES
        assert lyrics.is_cut
        assert not parse_lrc(_many_lines(100)).is_cut

    def test_words_that_multiply(self) -> None:
        """A chorus of a hundred times, with a stamp for each of its words, again and again."""
        row = "".join(f"[{minute:02d}:00]" for minute in range(100)) + "<00:01>la " * 90
        started = time.perf_counter()
        lyrics = parse_lrc("\n".join(row.replace(":00]", f":{second:02d}]") for second in range(60)))
        assert time.perf_counter() - started < 1.0
        assert lyrics.is_cut
        assert sum(len(line.words) for line in lyrics.lines) <= MOST_WORDS
        assert any(line.words for line in lyrics.lines)

    def test_text(self) -> None:
        lyrics = parse_lrc("[00:01]Words\n" + "x" * LONGEST_TEXT + "\n[00:02]More words")
        assert [line.text for line in lyrics.lines] == ["Words"]
        assert lyrics.is_cut

    def test_a_line(self) -> None:
        [line] = parse_lrc("[00:01]" + "x" * 100_000).lines
        assert len(line.text) == 1_000

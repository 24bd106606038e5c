"""The finder: what it answers at once, and what it does in its thread."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from spotify_scope_plugin.lyrics import finder as finder_module
from spotify_scope_plugin.lyrics.finder import LyricsFinder
from spotify_scope_plugin.lyrics.lrc import parse_lrc
from spotify_scope_plugin.lyrics.model import NOT_FOUND, PENDING, Lyrics, LyricsKind, Song
from spotify_scope_plugin.lyrics.provider import LyricsUnavailable

from ..support.waiting import eventually

SONG = Song("Song", ("Artist",))
WORDS = parse_lrc("[00:01]Words")


class ScriptedProvider:
    def __init__(self, *answers: Lyrics | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Song] = []
        self.gate = threading.Event()
        self.gate.set()

    def find(self, song: Song) -> Lyrics:
        self.asked.append(song)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        assert self.gate.wait(5)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def find() -> Iterator[Any]:
    finders: list[LyricsFinder] = []

    def begin(*providers: ScriptedProvider) -> LyricsFinder:
        finders.append(LyricsFinder(providers))
        return finders[-1]

    yield begin
    for finder in finders:
        finder.close()


def answered(finder: LyricsFinder, song: Song = SONG) -> Lyrics:
    eventually(lambda: finder.lyrics_of(song).kind is not LyricsKind.PENDING)
    return finder.lyrics_of(song)


def test_the_first_question_is_answered_at_once_with_pending(find: Any) -> None:
    provider = ScriptedProvider(WORDS)
    provider.gate.clear()
    finder = find(provider)
    started = time.perf_counter()
    assert finder.lyrics_of(SONG) is PENDING
    assert time.perf_counter() - started < 0.5  # the provider would take five seconds
    provider.gate.set()
    assert answered(finder) is WORDS


@pytest.mark.parametrize("answer", [WORDS, NOT_FOUND])
def test_every_answer_is_remembered(find: Any, answer: Lyrics) -> None:
    provider = ScriptedProvider(answer)
    finder = find(provider)
    for _ in range(3):
        assert answered(finder) is answer
    assert provider.asked == [SONG]


def test_a_failure_is_tried_again_and_told_once(
    find: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(finder_module, "_RETRY_FIRST", 0.05)
    finder = find(ScriptedProvider(LyricsUnavailable("down"), LyricsUnavailable("down"), WORDS))
    assert answered(finder) is WORDS
    assert [record.getMessage().split(": ")[1][:4] for record in caplog.records] == ["down", "lyri"]
    assert (finder.figures.fetches, finder.figures.errors) == (3, 2)


def test_a_song_that_was_skipped_is_not_looked_for(find: Any) -> None:
    provider = ScriptedProvider(WORDS)
    provider.gate.clear()
    finder = find(provider)
    songs = [Song(f"Song {number}", ("Artist",)) for number in range(5)]
    finder.lyrics_of(songs[0])
    eventually(lambda: provider.asked)
    for song in songs[1:]:
        finder.lyrics_of(song)
    provider.gate.set()
    assert answered(finder, songs[-1]) is WORDS
    assert provider.asked == [songs[0], songs[-1]]


def test_providers_are_asked_in_order(find: Any) -> None:
    first, second = ScriptedProvider(NOT_FOUND), ScriptedProvider(WORDS)
    assert answered(find(first, second)) is WORDS
    assert first.asked == second.asked == [SONG]


def test_memory_is_bounded(find: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder_module, "_REMEMBERED_SONGS", 3)
    finder = find(ScriptedProvider(WORDS))
    for number in range(6):
        answered(finder, Song(f"Song {number}", ("Artist",)))
    assert len(finder._known) == 3

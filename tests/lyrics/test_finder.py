"""The finder: what it answers at once, and what it does in its thread."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spotify_scope_plugin.lyrics import finder as finder_module
from spotify_scope_plugin.lyrics.finder import LyricsFinder
from spotify_scope_plugin.lyrics.model import PENDING, Lyrics, LyricsKind, Song
from spotify_scope_plugin.lyrics.own import OwnLyrics
from spotify_scope_plugin.lyrics.provider import LyricsUnavailable, NoLongerWanted
from spotify_scope_plugin.lyrics.record import NOTHING_FOUND, Finding

from ..support.waiting import eventually

SONG = Song("Song", ("Artist",))
NEXT = Song("Next", ("Artist",))
WORDS = Finding(LyricsKind.SYNCED, "[00:01]Words")


class ScriptedProvider:
    """Gives the scripted answers, and the last one for ever; stands still while its gate is closed."""

    def __init__(self, *answers: Finding | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Song] = []
        self.gate = threading.Event()
        self.gate.set()

    def find(self, song: Song, is_wanted: Callable[[], bool]) -> Finding:
        self.asked.append(song)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        assert self.gate.wait(5)
        if not is_wanted():
            raise NoLongerWanted
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def find(tmp_path: Path) -> Iterator[Any]:
    finders: list[LyricsFinder] = []

    def begin(provider: ScriptedProvider, **settings: Any) -> LyricsFinder:
        finders.append(LyricsFinder(provider, OwnLyrics(tmp_path), **settings))
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
    assert answered(finder).lines[0].text == "Words"


@pytest.mark.parametrize("answer", [WORDS, NOTHING_FOUND])
def test_every_answer_is_remembered(find: Any, answer: Finding) -> None:
    provider = ScriptedProvider(answer)
    finder = find(provider)
    for _ in range(3):
        assert answered(finder).kind is answer.kind
    assert provider.asked == [SONG]


def test_a_failure_is_tried_again_and_told_once(
    find: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(finder_module, "_RETRY_FIRST", 0.05)
    monkeypatch.setattr(finder_module, "_LOOK_AT_OWN", 0.05)
    finder = find(ScriptedProvider(LyricsUnavailable("down"), LyricsUnavailable("down"), WORDS))
    assert answered(finder).kind is LyricsKind.SYNCED
    told = [record.getMessage().split(": ", 1)[1] for record in caplog.records]
    assert [words[:20] for words in told] == [
        "down; prompts go on ",
        "lyrics can be looked",
        "lyrics of 'Song': sy",
    ]
    assert (finder.figures.fetches, finder.figures.errors, finder.figures.problem) == (3, 2, "")


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
    assert answered(finder, songs[-1]).kind is LyricsKind.SYNCED
    assert provider.asked == [songs[0], songs[-1]]
    assert songs[0] not in finder._known  # it was given up, not answered
    assert finder.figures.errors == 0


def test_the_next_song_is_looked_up_while_this_one_plays(find: Any) -> None:
    provider = ScriptedProvider(WORDS)
    finder = find(provider)
    eventually(lambda: (finder.lyrics_of(SONG, NEXT), len(provider.asked) == 2)[1])
    assert provider.asked == [SONG, NEXT]
    eventually(lambda: NEXT in finder._known)
    assert finder.lyrics_of(NEXT).lines[0].text == "Words"  # at once


def test_memory_is_bounded(find: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder_module, "_REMEMBERED_SONGS", 3)
    finder = find(ScriptedProvider(WORDS))
    for number in range(6):
        answered(finder, Song(f"Song {number}", ("Artist",)))
    assert len(finder._known) == 3


def test_the_last_line_lasts_as_long_as_is_set(find: Any) -> None:
    assert answered(find(ScriptedProvider(WORDS), last_line_seconds=3.0)).lines[0].end == 4.0


class TestOwnFiles:
    def write(self, folder: Path, text: str) -> None:
        temporary = folder / "draft"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(folder / "Artist - Song.lrc")

    def test_they_win_and_an_edit_shows_while_the_song_plays(self, find: Any, tmp_path: Path) -> None:
        finder = find(ScriptedProvider(WORDS))
        assert answered(finder).lines[0].text == "Words"
        self.write(tmp_path, "[00:01]Mine")
        eventually(lambda: finder.lyrics_of(SONG).lines[0].text == "Mine")
        self.write(tmp_path, "[00:01]Mine, edited")
        eventually(lambda: finder.lyrics_of(SONG).lines[0].text == "Mine, edited")
        (tmp_path / "Artist - Song.lrc").unlink()
        eventually(lambda: finder.lyrics_of(SONG).lines[0].text == "Words")

    def test_they_are_there_although_the_network_is_not(self, find: Any, tmp_path: Path) -> None:
        self.write(tmp_path, "[00:01]Mine")
        finder = find(ScriptedProvider(LyricsUnavailable("down")))
        assert answered(finder).lines[0].text == "Mine"

    def test_the_next_songs_file_is_there_when_it_begins(self, find: Any, tmp_path: Path) -> None:
        (tmp_path / "Artist - Next.lrc").write_text("[00:01]Mine", encoding="utf-8")
        provider = ScriptedProvider(WORDS)
        finder = find(provider)
        eventually(lambda: (finder.lyrics_of(SONG, NEXT), NEXT in finder._own_known)[1])
        assert finder.lyrics_of(NEXT).lines[0].text == "Mine"
        assert NEXT not in provider.asked


def test_an_answer_that_nobody_understands_is_tried_again_later(
    find: Any, caplog: pytest.LogCaptureFixture
) -> None:
    provider = ScriptedProvider(ZeroDivisionError("a bug"))
    finder = find(provider)
    eventually(lambda: (finder.lyrics_of(SONG), finder.figures.errors == 1)[1])
    eventually(lambda: "cannot be read" in caplog.text)
    time.sleep(0.3)
    assert len(provider.asked) == 1


class TestHanging:
    """A provider that hangs for some songs: nobody waits for it."""

    class Provider:
        def __init__(self, *hanging: Song) -> None:
            self.hanging = set(hanging)
            self.asked: list[tuple[Song, float]] = []
            self.over = threading.Event()

        def find(self, song: Song, is_wanted: Callable[[], bool]) -> Finding:
            self.asked.append((song, time.monotonic()))
            if song in self.hanging:
                self.over.wait(20)
                raise LyricsUnavailable("hung")
            return WORDS

    @pytest.fixture
    def hang(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        monkeypatch.setattr(finder_module, "_PATIENCE", 0.3)
        monkeypatch.setattr(finder_module, "_LOOK_AT_OWN", 0.05)
        provider = self.Provider(SONG)
        yield provider
        provider.over.set()

    def test_the_next_song_does_not_wait(self, find: Any, hang: Any) -> None:
        finder = find(hang)
        finder.lyrics_of(SONG)
        eventually(lambda: hang.asked)
        skipped_at = time.monotonic()
        assert answered(finder, NEXT).kind is LyricsKind.SYNCED
        assert time.monotonic() - skipped_at < 0.3

    def test_what_follows_is_found_although_this_hangs(self, find: Any, hang: Any) -> None:
        finder = find(hang)
        eventually(lambda: (finder.lyrics_of(SONG, NEXT), NEXT in finder._known)[1])

    def test_when_it_hangs_no_longer_the_words_come_at_once(self, find: Any, hang: Any) -> None:
        finder = find(hang)
        eventually(lambda: (finder.lyrics_of(SONG), len(hang.asked) == 2)[1])
        hang.hanging.clear()  # the two that hang stay hung
        healed_at = time.monotonic()
        assert answered(finder).kind is LyricsKind.SYNCED
        assert time.monotonic() - healed_at < 0.6

    def test_there_are_never_more_than_a_few(self, find: Any, hang: Any) -> None:
        songs = [Song(f"Song {number}") for number in range(10)]
        hang.hanging.update(songs)
        finder = find(hang)
        for song in songs:
            for _ in range(10):
                finder.lyrics_of(song)
                time.sleep(0.02)
        assert len(hang.asked) <= 16
        assert finder.lyrics_of(songs[-1]) is PENDING


def test_what_was_skipped_holds_up_nobody(find: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder_module, "_PATIENCE", 0.2)
    provider = TestHanging.Provider(*(Song(f"Song {number}") for number in range(8)))
    finder = find(provider)
    for number in range(8):
        finder.lyrics_of(Song(f"Song {number}"))
        time.sleep(0.05)
    finder.lyrics_of(SONG)
    provider.over.set()  # they all fail now
    started = time.monotonic()
    assert answered(finder).kind is LyricsKind.SYNCED
    assert time.monotonic() - started < 1.5


def test_a_pause_that_the_provider_asks_for_is_kept_for_the_next_song_too(find: Any) -> None:
    provider = ScriptedProvider(LyricsUnavailable("slow down", retry_after=1.5), WORDS)
    finder = find(provider)
    eventually(lambda: (finder.lyrics_of(SONG), finder.figures.errors == 1)[1])
    told_at = time.monotonic()
    answered(finder, NEXT)
    assert 1.2 <= time.monotonic() - told_at <= 4


def test_a_log_that_blocks_holds_up_no_lyrics(find: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    class StuckPipe(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            released.wait(10)

    handler, logger = StuckPipe(), logging.getLogger("spotify_scope_plugin")
    logger.addHandler(handler)
    try:
        finder = find(ScriptedProvider(WORDS))
        started = time.monotonic()
        for song in (SONG, NEXT):
            assert answered(finder, song).kind is LyricsKind.SYNCED
        assert time.monotonic() - started < 3
    finally:
        released.set()
        logger.removeHandler(handler)

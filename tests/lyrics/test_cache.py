"""The cache on disk: a real file, several processes, and damage."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from spotify_scope_plugin.lyrics import cache as cache_module
from spotify_scope_plugin.lyrics.cache import CachedLyrics, LyricsCache
from spotify_scope_plugin.lyrics.model import LyricsKind, Song
from spotify_scope_plugin.lyrics.provider import LyricsUnavailable
from spotify_scope_plugin.lyrics.record import NOTHING_FOUND, Finding

SONG = Song("Song", ("A", "B"), "Album", 180.4)
WORDS = Finding(LyricsKind.SYNCED, "[00:01]Wörter ♪", "LRCLIB record 7")
DAY = 24 * 3600


class CountingProvider:
    def __init__(self, answer: Finding | Exception) -> None:
        self.answer = answer
        self.asked = 0

    def find(self, song: Song, is_wanted: Callable[[], bool]) -> Finding:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "lyrics-cache.sqlite3"


def find(path: Path, provider: CountingProvider, song: Song = SONG) -> Finding:
    return CachedLyrics(provider, LyricsCache(path)).find(song, lambda: True)


def test_a_song_heard_once_needs_no_network_again(path: Path) -> None:
    provider = CountingProvider(WORDS)
    assert [find(path, provider) for _ in range(3)] == [WORDS] * 3
    assert provider.asked == 1


def test_another_album_is_another_song(path: Path) -> None:
    provider = CountingProvider(WORDS)
    find(path, provider)
    find(path, provider, Song("Song", ("A", "B"), "Other", 180.4))
    assert provider.asked == 2


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (LyricsKind.SYNCED, 90),
        (LyricsKind.PLAIN, 90),
        (LyricsKind.INSTRUMENTAL, 30),
        (LyricsKind.NOT_FOUND, 1),
    ],
)
def test_each_kind_keeps_for_its_time(
    path: Path, kind: LyricsKind, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = CountingProvider(Finding(kind, "text"))
    now = time.time()
    monkeypatch.setattr(cache_module.time, "time", lambda: now)
    find(path, provider)
    monkeypatch.setattr(cache_module.time, "time", lambda: now + days * DAY - 60)
    find(path, provider)
    assert provider.asked == 1
    monkeypatch.setattr(cache_module.time, "time", lambda: now + days * DAY + 60)
    find(path, provider)
    assert provider.asked == 2


def test_a_failure_is_not_kept(path: Path) -> None:
    provider = CountingProvider(LyricsUnavailable("down"))
    for _ in range(2):
        with pytest.raises(LyricsUnavailable):
            find(path, provider)
    assert provider.asked == 2


def test_an_old_answer_is_better_than_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find(path, CountingProvider(WORDS))
    later = time.time() + 400 * DAY
    monkeypatch.setattr(cache_module.time, "time", lambda: later)
    assert find(path, CountingProvider(LyricsUnavailable("down"))) == WORDS


def test_the_oldest_songs_are_dropped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_SONGS", 5)
    cache = LyricsCache(path)
    songs = [Song(f"Song {number}", ("A",)) for number in range(8)]
    for song in songs:
        cache.put(song, WORDS)
    assert [cache.get(song) is not None for song in songs] == [False] * 3 + [True] * 5


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to look like one" * 50])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    provider = CountingProvider(WORDS)
    for _ in range(3):
        assert find(path, provider) == WORDS
    assert provider.asked == 1
    if content:
        assert (path.parent / "lyrics-cache.sqlite3.damaged").read_bytes() == content
        assert len(caplog.records) == 1


def test_a_file_of_another_version_begins_anew(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE lyrics (something TEXT)")
    database.close()
    provider = CountingProvider(WORDS)
    assert [find(path, provider) for _ in range(2)] == [WORDS] * 2
    assert provider.asked == 1


def test_text_that_no_file_can_hold_costs_only_the_cache(path: Path) -> None:
    halves = Finding(LyricsKind.SYNCED, "[00:01]\ud83d")
    assert find(path, CountingProvider(halves)) == halves


def test_a_disk_that_cannot_be_written_costs_only_the_cache(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.write_text("a file where the folder should be")
    cached = CachedLyrics(CountingProvider(WORDS), LyricsCache(path))
    for _ in range(3):
        assert cached.find(SONG, lambda: True) == WORDS
    assert len(caplog.records) == 1


def test_it_can_be_cleared(path: Path) -> None:
    cache = LyricsCache(path)
    assert cache.clear() == 0
    cache.put(SONG, WORDS)
    cache.put(Song("Other", ("A",)), NOTHING_FOUND)
    assert cache.clear() == 2
    assert cache.get(SONG) is None


def test_two_processes_write_at_once(path: Path) -> None:
    program = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from spotify_scope_plugin.lyrics.cache import LyricsCache
from spotify_scope_plugin.lyrics.model import LyricsKind, Song
from spotify_scope_plugin.lyrics.record import Finding
cache = LyricsCache(Path(sys.argv[1]))
for number in range(100):
    cache.put(Song(f"{sys.argv[2]} {number}", ("A",)), Finding(LyricsKind.SYNCED, "[00:01]x"))
"""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), name], env=dict(os.environ), stderr=subprocess.PIPE
        )
        for name in ("one", "two")
    ]
    assert [run.communicate(timeout=60)[1] for run in runs] == [b"", b""]
    cache: Any = LyricsCache(path)
    assert all(cache.get(Song(f"{name} {number}", ("A",))) for name in ("one", "two") for number in range(100))


def test_what_is_stored_while_another_begins_the_file_stays(path: Path) -> None:
    for attempt in range(50):
        cache = LyricsCache(path.with_name(f"{attempt}.sqlite3"))
        songs = [Song(f"Song {number}", ("A",)) for number in range(4)]
        together = threading.Barrier(len(songs))

        def store(song: Song, cache: LyricsCache = cache, together: threading.Barrier = together) -> None:
            together.wait(10)
            cache.put(song, WORDS)

        with ThreadPoolExecutor(len(songs)) as pool:
            list(pool.map(store, songs))
        assert [cache.get(song) for song in songs] == [(WORDS, True)] * len(songs)

"""The user's own files, and the demo's."""

import os
import time
from pathlib import Path

import pytest

from spotify_scope_plugin.lyrics.model import LyricsKind, Song
from spotify_scope_plugin.lyrics.own import DEMO_SONGS, OwnLyrics
from spotify_scope_plugin.lyrics.record import NOTHING_FOUND
from spotify_scope_plugin.playback.demo import DEMO_TRACKS, DemoPlayer
from spotify_scope_plugin.playback.model import Track

SONG = Song("T.N.T. (Live)", ("AC/DC", "Guest"), id="4uLU6hMCjMI75M1A2tKUQC")


@pytest.mark.parametrize(
    "name",
    [
        "AC_DC - T.N.T. (Live).lrc",
        "ac dc - tnt live.LRC",
        "AC-DC, Guest - T.N.T. (Live).lrc",
        "4uLU6hMCjMI75M1A2tKUQC.lrc",
    ],
)
def test_a_file_is_found_by_name_or_id(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[00:01]Oi", encoding="utf-8")
    found = OwnLyrics(tmp_path).find(SONG)
    assert found.lyrics().lines[0].text == "Oi"
    assert name in found.source


@pytest.mark.parametrize("name", ["Other - T.N.T. (Live).lrc", "AC DC - T.N.T. (Live).txt", "T.N.T. (Live).lrc"])
def test_others_are_not(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[00:01]Oi")
    assert OwnLyrics(tmp_path).find(SONG) is NOTHING_FOUND


def test_a_name_without_letters_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "!!!.lrc").write_text("[00:01]Oi")
    assert OwnLyrics(tmp_path).find(Song("Song", ("Artist",))) is NOTHING_FOUND


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert OwnLyrics(tmp_path / "none").find(SONG) is NOTHING_FOUND


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"[00:01]caf\xe9", LyricsKind.SYNCED),
        (b"\xef\xbb\xbf[00:01]x", LyricsKind.SYNCED),
        (b"no stamps", LyricsKind.PLAIN),
        (b"  \n", LyricsKind.NOT_FOUND),
        ("[00:01]Wörter".encode("utf-16"), LyricsKind.SYNCED),
        (b"", LyricsKind.NOT_FOUND),
        (bytes(range(256)), LyricsKind.PLAIN),
    ],
)
def test_any_content(tmp_path: Path, content: bytes, kind: LyricsKind) -> None:
    (tmp_path / "AC DC - TNT live.lrc").write_bytes(content)
    assert OwnLyrics(tmp_path).find(SONG).kind is kind


def test_a_folder_that_bears_a_files_name_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "AC DC - TNT live.lrc").mkdir()
    own = OwnLyrics(tmp_path)
    for _ in range(3):
        assert own.find(SONG) is NOTHING_FOUND
    assert len(caplog.records) == 1


@pytest.mark.parametrize("track", DEMO_TRACKS, ids=lambda track: track.id)
def test_every_demo_song_has_lyrics_that_fit_its_length(track: Track) -> None:
    lyrics = OwnLyrics(DEMO_SONGS).find(Song(track.title, track.artists, id=track.id or "")).lyrics()
    assert len(lyrics.lines) >= 6
    assert all(line.end <= track.duration for line in lyrics.lines)


def test_the_demo_goes_through_its_songs_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    player = DemoPlayer()
    heard = []
    for _ in range(4):
        playback = player.read()
        assert playback.is_playing
        assert playback.position == 0
        assert playback.track is not None
        heard.append(playback.track)
        now += playback.track.duration
        assert player.read().track is not playback.track
    assert heard == [*DEMO_TRACKS, DEMO_TRACKS[0]]
    assert player.read_queue().following[0] == DEMO_TRACKS[2]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
def test_a_pipe_in_the_folder_hangs_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    os.mkfifo(tmp_path / "Artist - Song.lrc")
    own = OwnLyrics(tmp_path)
    for _ in range(3):
        assert own.find(Song("Song", ("Artist",))) is NOTHING_FOUND
    assert [record.getMessage().split("(")[1] for record in caplog.records] == ["it is no regular file)."]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the open files of Linux")
def test_a_folder_in_the_place_of_a_file_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "Artist - Song.lrc").mkdir()
    own = OwnLyrics(tmp_path)
    files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        assert own.find(Song("Song", ("Artist",))) is NOTHING_FOUND
    assert len(list(Path("/proc/self/fd").iterdir())) - files < 5


def test_a_file_of_a_hundred_megabytes_is_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (tmp_path / "Artist - Song.lrc").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    started = time.perf_counter()
    assert OwnLyrics(tmp_path).find(Song("Song", ("Artist",))) is NOTHING_FOUND
    assert time.perf_counter() - started < 0.1
    assert "longer than 1024 KiB" in caplog.text

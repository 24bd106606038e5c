"""macOS: programs of the documented output stand in for media-control and osascript."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spotify_scope_plugin.playback.local.listener import LocalPlayer
from spotify_scope_plugin.playback.local.macos import MacListener, merged, playback_from_script, playbacks_from
from spotify_scope_plugin.playback.player import Unavailable

from ...support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are scripts")

SONG = {
    "bundleIdentifier": "com.spotify.client",
    "playing": True,
    "title": "Song",
    "artist": "Artist",
    "album": "Album",
    "duration": 200.0,
    "elapsedTime": 40.0,
}


@pytest.fixture
def listener() -> Iterator[MacListener]:
    listener = MacListener()
    yield listener
    listener.close()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the only programs that are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(folder: Path, name: str, program: str) -> None:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{program}")
    path.chmod(0o755)


def stream(*messages: dict[str, Any], then: str = "time.sleep(60)") -> str:
    rows = "".join(
        f"print({json.dumps(json.dumps(message))}, flush=True); time.sleep(0.3)\n" for message in messages
    )
    return f"import time\n{rows}{then}\n"


def data(payload: dict[str, Any], *, diff: bool = False) -> dict[str, Any]:
    return {"type": "data", "diff": diff, "payload": payload}


def test_its_stream_is_followed(programs: Path, listener: MacListener) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    paused = {"playing": False, "elapsedTime": 55.0}
    install(
        programs,
        "media-control",
        stream(
            data({**SONG, "timestamp": stamp}),
            data({"artworkData": "x" * 100_000}, diff=True),
            {"type": "data"},
            data(paused, diff=True),
        ),
    )
    player = LocalPlayer(listener)
    playback = player.read()
    assert playback.track is not None
    assert (playback.track.title, playback.track.artists, playback.track.duration) == ("Song", ("Artist",), 200)
    assert playback.position_at(time.monotonic()) == pytest.approx(40, abs=2.0)
    eventually(lambda: not player.read().is_playing)
    assert player.read().position == 55


def test_a_stream_that_ends_is_told(programs: Path, listener: MacListener) -> None:
    install(programs, "media-control", "raise SystemExit(1)")
    with pytest.raises(Unavailable, match="media-control has ended"):
        LocalPlayer(listener).read()


def test_no_process_is_left_behind(programs: Path, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    install(
        programs,
        "media-control",
        f"import os, pathlib\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n" + stream(data(SONG)),
    )
    listener = MacListener(idle_after=0.5)
    LocalPlayer(listener).read()
    pid = int(note.read_text())

    def has_gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    eventually(has_gone, 10)


def test_without_media_control_the_apps_are_asked(programs: Path, listener: MacListener) -> None:
    answer = "\x1f".join(["playing", "40,5", "200000", "Song", "Artist", "Album", "spotify:track:abc"])
    install(
        programs,
        "osascript",
        f"import sys\nprint({answer!r} if 'application \"Spotify\"' in sys.argv[2] else '')",
    )
    playback = eventually(lambda: found if (found := LocalPlayer(listener).read()).track else None)
    assert playback.track is not None
    assert (playback.track.uri, playback.track.id, playback.track.duration) == ("spotify:track:abc", "abc", 200)
    assert playback.position == 40.5


def test_with_neither_it_says_so(programs: Path, listener: MacListener) -> None:
    with pytest.raises(Unavailable, match="neither media-control nor osascript"):
        LocalPlayer(listener).read()


def test_microseconds_are_understood_too() -> None:
    payload = {
        **{name: value for name, value in SONG.items() if name not in {"duration", "elapsedTime"}},
        "durationMicros": 281_346_077,
        "elapsedTimeMicros": 75_372_614,
        "timestampEpochMicros": 1_747_260_249_656_367,
    }
    [playback] = playbacks_from(payload, 1_747_260_251.656367).values()
    assert playback.track is not None
    assert playback.track.duration == pytest.approx(281.346)
    assert playback.position == pytest.approx(77.372614)


@pytest.mark.parametrize("line", [b"", b"null", b"[]", b"{}", b'{"payload": 3}', b'{"payload": {"title"', b"\xff"])
def test_a_line_that_makes_no_sense_changes_nothing(line: bytes) -> None:
    assert merged({"title": "Song"}, line) == {"title": "Song"}


@pytest.mark.parametrize("output", ["", "\x1f" * 6, "playing\x1fx\x1fy\x1f\x1f\x1f\x1f", "error: not allowed"])
def test_an_answer_of_the_script_that_makes_no_sense_is_nothing(output: str) -> None:
    assert playback_from_script(output, "Music", 0, 1).track is None

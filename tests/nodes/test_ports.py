"""The node's values, with a session that plays what the test wants."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from spotify_scope_plugin import settings
from spotify_scope_plugin.nodes.ports import PORTS, Ports
from spotify_scope_plugin.now_playing import NowPlaying, make_session

from ..support.music_service import MusicService, Song
from ..support.waiting import eventually

OPTIONS = {"template_theme": "minimal", "lyrics_rotating_style": False}
SONG = Song("Song", "A; B", lrc="[00:00.50]One\n[00:01.50]Two\n[00:02.50]\n[00:30]Three", duration=60)


@pytest.fixture
def session(logged_in: dict[str, str]) -> Iterator[NowPlaying]:
    session = make_session(settings.load({**logged_in, "SPOTIFY_POLL_SECONDS": "0.25"})[0])
    yield session
    session.close()


class Wire:
    """Calls the ports as the host does, and remembers what came out."""

    def __init__(self, session: NowPlaying) -> None:
        self.ports = Ports(session, OPTIONS)
        self.now: dict[str, Any] = {}
        self.came: list[dict[str, Any]] = []

    def call(self, **parameters: Any) -> dict[str, Any]:
        changes = self.ports.changes(parameters)
        if changes:
            self.came.append(changes)
        self.now |= changes
        return changes

    def until(self, name: str, value: Any, **parameters: Any) -> None:
        eventually(lambda: (self.call(**parameters), self.now.get(name) == value)[1])


def test_the_first_call_gives_a_value_on_every_port(session: NowPlaying, service: MusicService) -> None:
    service.delay = 0.5
    first = Wire(session).call(fallback_prompt="waves")
    assert set(first) == set(PORTS)
    assert first["prompts"] == "waves"
    kinds = {"string": str, "number": (int, float), "boolean": bool, "trigger": int}
    for name, (kind, _) in PORTS.items():
        assert isinstance(first[name], kinds[kind]), name  # type: ignore[arg-type]


def test_then_only_changes(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG)
    wire = Wire(session)
    wire.until("line", "One")
    wire.until("prompts", "One")
    assert (wire.now["next_line"], wire.now["song"], wire.now["artist"]) == ("Two", "Song", "A, B")
    assert (wire.now["duration"], wire.now["is_playing"]) == (60, True)
    wire.until("line", "Two")
    changed = [set(each) - {"position", "progress"} for each in wire.came[-40:]]
    assert {"line", "next_line", "line_changed", "prompts"} <= set.union(*changed)
    wire.until("line", "")
    at_rest = [wire.call() for _ in range(200)]
    assert sum(bool(each) for each in at_rest) <= 2  # the position, four times a second


def test_triggers_count_up(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG)
    wire = Wire(session)
    wire.until("line", "One")
    lines, tracks = wire.now["line_changed"], wire.now["track_changed"]
    wire.until("line", "Two")
    assert wire.now["line_changed"] == lines + 1
    assert wire.now["track_changed"] == tracks
    service.play(Song("Other", "A"))
    wire.until("song", "Other")
    assert wire.now["track_changed"] == tracks + 1


def test_the_position_comes_four_times_a_second(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG, 10)
    wire = Wire(session)
    wire.until("song", "Song")
    wire.came.clear()
    began_at = told_at = time.monotonic()
    positions: list[float] = []
    while (asked_at := time.monotonic()) < began_at + 2:
        wire.call()
        known = [each["position"] for each in wire.came if "position" in each]
        if len(known) > len(positions):
            told_at = time.monotonic()
        else:
            assert asked_at - told_at < 0.25  # however rarely a busy machine lets this loop run
        positions = known
        time.sleep(0.01)
    assert 3 <= len(positions) <= 9
    assert positions == sorted(positions)
    assert wire.now["progress"] == pytest.approx(wire.now["position"] / 60, abs=1e-4)
    assert wire.now["position"] == pytest.approx(service.position(), abs=0.4)


def test_the_preview_moves_the_prompt_and_not_the_line(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG, 26.5)
    wire = Wire(session)
    wire.until("prompts", "Three", lyrics_preview_seconds=4.0)
    assert wire.now["line"] == ""


def test_without_prompts_the_others_go_on(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG)
    wire = Wire(session)
    wire.until("line", "Two", send_prompts=False)
    assert not any("prompts" in each for each in wire.came)


def test_nonsense_from_the_host_changes_nothing(session: NowPlaying, service: MusicService) -> None:
    service.play(SONG)
    wire = Wire(session)
    for nonsense in ({"template_theme": 7}, {"lyrics_preview_seconds": "x"}, {"anything": object()}):
        wire.call(**nonsense)
    wire.until("line", "Two")

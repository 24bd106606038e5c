"""The node in a graph, as the host runs it: no video anywhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from spotify_scope_plugin.options import FIELDS

from ..support import graph, scope_host
from ..support.music_service import Fault, MusicService, Song
from ..support.waiting import eventually

LINES = {index * 1.2: f"line number {index}" for index in range(40)}
SONG = Song(
    "Song", "Artist", lrc="\n".join(f"[00:{start:05.2f}]{text}" for start, text in LINES.items()), duration=300
)
OPTIONS = {"template_theme": "minimal", "lyrics_rotating_style": False}

pytest.importorskip("pydantic")


@pytest.fixture
def node_class(fresh_plugin: None, logged_in: dict[str, str]) -> Any:
    nodes = scope_host.load_node_classes()
    assert list(nodes) == ["spotify-prompt"]
    return nodes["spotify-prompt"]


@pytest.fixture
def node(node_class: Any) -> Iterator[Any]:
    node = node_class("song")
    yield node
    node.shutdown()


def test_its_definition(node_class: Any) -> None:
    definition = node_class.get_definition()
    assert definition.continuous
    assert definition.inputs == []
    outputs = {port.name: port.port_type for port in definition.outputs}
    assert outputs["prompts"] == "string"
    assert {"line", "next_line", "song", "artist"} <= {name for name, kind in outputs.items() if kind == "string"}
    assert [name for name, kind in outputs.items() if kind == "trigger"] == ["line_changed", "track_changed"]
    parameters = {parameter.name: parameter for parameter in definition.params}
    # What a port of text cannot hand on is not offered; everything else is the preprocessor's own.
    assert set(FIELDS) - set(parameters) == {
        "prompt_transition_chunks",
        "transition_method",
        "hard_cut_on_track_change",
    }
    assert parameters["template_theme"].ui["options"] == list(FIELDS["template_theme"].metadata["choices"])
    assert parameters["lyrics_preview_seconds"].ui["max"] == 10
    assert all(parameter.description for parameter in definition.params)


@pytest.mark.alone
def test_every_line_reaches_the_pipeline_without_any_video(node: Any, service: MusicService) -> None:
    service.play(SONG)
    with graph.running(node, **OPTIONS) as (runner, taker):
        time.sleep(6)
    seen: dict[str, float] = {}
    for at, parameters in taker.chunks:
        seen.setdefault(parameters["prompts"], at)
    sung = {text: service.started_at() + start for start, text in LINES.items() if 1 < start < 5}
    late = [seen[text] - at for text, at in sung.items()]
    assert len(late) == 4
    assert max(late) < 0.3, late  # a chunk of 0.1 s, and room for a busy machine
    assert runner.stopped_by is None


def test_a_pipeline_that_waits_for_every_wired_port_begins(node: Any, service: MusicService) -> None:
    service.broken["/v1/me/player/currently-playing"] = Fault(hang=30)
    ports = tuple(port.name for port in node.get_definition().outputs)
    with graph.running(node, ports, **OPTIONS) as (_, taker):
        eventually(lambda: taker.chunks, within=1.0)
    assert taker.chunks[0][1]["prompts"] == "Abstract flowing colors and shapes"


@pytest.mark.alone
def test_at_rest_it_costs_next_to_nothing(node: Any, service: MusicService) -> None:
    service.play(Song("Quiet", "Artist"))
    service.pause()
    with graph.running(node, **OPTIONS) as (runner, _):
        eventually(lambda: runner.latest("song") == "Quiet")
        time.sleep(0.5)
        calls, values, began, used = runner.calls, len(runner.values), time.monotonic(), time.process_time()
        time.sleep(3)
        elapsed, busy = time.monotonic() - began, time.process_time() - used
        assert len(runner.values) - values == 0
        assert runner.calls - calls <= elapsed * 101
        assert busy / elapsed < 0.1


def test_a_pipeline_that_takes_nothing_holds_up_no_shutdown(node: Any, service: MusicService) -> None:
    service.play(SONG)
    runner = graph.NodeRunner(node, ("position",))
    runner.start()
    time.sleep(1.0)
    began = time.monotonic()
    runner.stop()
    assert time.monotonic() - began < 1.0


def test_it_never_raises(node: Any, service: MusicService, caplog: pytest.LogCaptureFixture) -> None:
    service.play(SONG)

    class Broken:
        def changes(self, _: Any) -> Any:
            raise ZeroDivisionError("inside")

    node._graphs[threading.get_ident()] = Broken(), {}
    assert [node.execute({}) for _ in range(3)] == [{}] * 3
    assert len([record for record in caplog.records if "cannot be made" in record.getMessage()]) == 1


def test_a_parameter_may_come_by_a_wire(node: Any, service: MusicService) -> None:
    service.play(SONG)

    node.execute({}, **OPTIONS)
    eventually(lambda: "line number" in str(node.execute({}, **OPTIONS).get("prompts")))
    values: dict[str, Any] = {}
    node.execute({"template_theme": "music_video"}, **OPTIONS)

    def wired() -> bool:
        values.update(node.execute({}, **OPTIONS))  # the wire says something only when it changes
        return str(values.get("prompts")).startswith("Music video frame:")

    eventually(wired)


def test_after_a_shutdown_it_begins_anew(node: Any, service: MusicService) -> None:
    service.play(SONG)
    eventually(lambda: node.execute({}, **OPTIONS).get("song"))
    node.shutdown()
    assert set(node.execute({}, **OPTIONS)) >= {"prompts", "song", "line"}


def test_two_sessions_each_get_the_whole_song(node: Any, service: MusicService) -> None:
    service.play(SONG)
    with graph.running(node, **OPTIONS) as (one, _):
        eventually(lambda: "line number" in str(one.latest("prompts")))
        with graph.running(node, **OPTIONS) as (other, _):
            eventually(lambda: "line number" in str(other.latest("prompts")), within=1.5)
            began = time.monotonic()
            time.sleep(3)
            lines = [
                {value for at, name, value in runner.values if name == "line" and value and at > began}
                for runner in (one, other)
            ]
    assert lines[0] == lines[1]
    assert len(lines[0]) >= 2


def test_shutdown_lets_the_threads_go(node: Any, service: MusicService) -> None:
    service.play(SONG)
    eventually(lambda: node.execute({}, **OPTIONS).get("song"))
    now_playing = sys.modules["spotify_scope_plugin.now_playing"]
    now_playing._shared._watcher._idle_after = now_playing._shared._finder._idle_after = 0.3
    node.shutdown()
    names = {"spotify-watcher", "spotify-lyrics"}
    eventually(lambda: not names & {thread.name for thread in threading.enumerate()}, within=5)


def test_an_older_host_loads_the_plugin_without_it(
    load_plugin: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scope.core.nodes", None)
    assert load_plugin().get_config_class().pipeline_id == "spotify-prompts"

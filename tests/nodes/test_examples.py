"""The workflow files: each is what Scope reads, and its wires end at ports that are there."""

import json
from pathlib import Path
from typing import Any

import pytest

from ..support import graph, scope_host
from ..support.music_service import MusicService, Song
from ..support.waiting import eventually

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.scope-workflow.json"))
PIPELINE_PORTS = {"prompts": "string", "video": "video"}


def test_there_are_some() -> None:
    assert [path.name for path in EXAMPLES] == ["camera.scope-workflow.json", "text-mode.scope-workflow.json"]


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.name.partition(".")[0])
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def node_class(fresh_plugin: None, logged_in: dict[str, str]) -> Any:
    return scope_host.load_node_classes()["spotify-prompt"]


def test_it_is_whole(workflow: dict[str, Any]) -> None:
    assert workflow["format"] == "scope-workflow"
    assert workflow["min_scope_version"] == "0.2.4"
    nodes = {node["id"]: node for node in workflow["graph"]["nodes"]}
    assert len(nodes) == len(workflow["graph"]["nodes"])
    assert any(node["type"] == "sink" for node in nodes.values())
    used = {node["pipeline_id"] for node in nodes.values() if node["type"] == "pipeline"}
    assert used == {pipeline["pipeline_id"] for pipeline in workflow["pipelines"]}
    assert [node["node_type_id"] for node in workflow["nodes"]] == ["spotify-prompt"]
    assert "spotify-prompts" not in json.dumps(workflow)  # never beside the preprocessor


def test_its_wires_fit(workflow: dict[str, Any], node_class: Any) -> None:
    own = {port.name: port.port_type for port in node_class.get_definition().outputs}
    nodes = {node["id"]: node for node in workflow["graph"]["nodes"]}
    for edge in workflow["graph"]["edges"]:
        source, target = nodes[edge["from"]], nodes[edge["to_node"]]
        sends = own[edge["from_port"]] if source["type"] == "node" else PIPELINE_PORTS[edge["from_port"]]
        assert sends == PIPELINE_PORTS[edge["to_port"]]
        assert target["type"] in {"pipeline", "sink"}


def test_its_parameters_are_known(workflow: dict[str, Any], node_class: Any) -> None:
    known = {parameter.name for parameter in node_class.get_definition().params}
    [song] = [node for node in workflow["graph"]["nodes"] if node["type"] == "node"]
    assert set(song["params"]) <= known


def test_it_runs(workflow: dict[str, Any], node_class: Any, service: MusicService) -> None:
    service.play(Song("Song", "Artist", lrc="[00:00]Words of it"))
    [song] = [node for node in workflow["graph"]["nodes"] if node["type"] == "node"]
    wired = tuple(edge["from_port"] for edge in workflow["graph"]["edges"] if edge["from"] == song["id"])
    with graph.running(node_class(song["id"]), wired, **song["params"]) as (_, taker):
        eventually(lambda: taker.chunks and "Words of it" in taker.chunks[-1][1]["prompts"])

"""The plugin in a real Scope server, where one is importable: node, preprocessor and driver, on CPU.

`pip install` this project into Scope's own environment, then run this file with that Python.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from .support import scope_host
from .support.waiting import eventually

pytestmark = pytest.mark.skipif(not scope_host.is_real(), reason="no Scope is installed in this environment")

EXAMPLE = Path(__file__).parent.parent / "examples" / "text-mode.scope-workflow.json"
TAKER = """
import json, os, time
import pluggy, torch

hookimpl = pluggy.HookimplMarker("scope")


@hookimpl
def register_pipelines(register):
    from scope.core.pipelines.base_schema import BasePipelineConfig, ModeDefaults
    from scope.core.pipelines.interface import Pipeline

    class Config(BasePipelineConfig):
        pipeline_id = "prompt-taker"
        pipeline_name = "Prompt taker"
        pipeline_description = "Notes the prompts that it gets."
        supports_prompts = True
        modes = {"text": ModeDefaults(default=True), "video": ModeDefaults()}

    class Taker(Pipeline):
        @classmethod
        def get_config_class(cls):
            return Config

        def __init__(self, **_):
            pass

        def __call__(self, **kwargs):
            with open(os.environ["TAKEN"], "a") as file:
                file.write(json.dumps([time.time(), kwargs.get("prompts"), kwargs.get("transition")]) + "\\n")
            time.sleep(0.1)
            return {"video": torch.zeros(1, 64, 64, 3)}

    register(Taker)
"""


class Scope:
    """A real server, with a pipeline that notes the prompts it gets."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._taken = folder / "taken"
        plugin = folder / "plugin"
        facts = plugin / "prompt_taker-1.0.dist-info"
        facts.mkdir(parents=True)
        (plugin / "prompt_taker.py").write_text(TAKER)
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: prompt-taker\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text("[scope]\nprompt_taker = prompt_taker\n")
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scope.server.app", "--host", "127.0.0.1", "--port", str(port), "--no-browser"],
            env={
                **os.environ,
                "HOME": str(folder),
                "TAKEN": str(self._taken),
                "SPOTIFY_SCOPE_SOURCE": "demo",
                "PYTHONPATH": os.pathsep.join([str(plugin), os.environ.get("PYTHONPATH", "")]),
            },
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        eventually(self._answers, 60)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=2).ok
        except requests.RequestException:
            return False

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self.url + path, json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def prompts(self) -> list[str]:
        """Return the text of each prompt that reached the pipeline, once each time it changed."""
        texts: list[str] = []
        rows = self._taken.read_text().splitlines() if self._taken.exists() else []
        for _, prompts, _ in map(json.loads, rows):
            text = prompts if isinstance(prompts, str) else (prompts or [{"text": ""}])[0]["text"]
            if not texts or texts[-1] != text:
                texts.append(text)
        return texts

    def log(self) -> str:
        return Path(self._log.name).read_text()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


@pytest.fixture
def scope(tmp_path: Path, unused_port: int) -> Iterator[Scope]:
    scope = Scope(tmp_path, unused_port)
    yield scope
    scope.close()


def test_the_node_drives_a_pipeline_without_video(scope: Scope) -> None:
    workflow = json.loads(EXAMPLE.read_text().replace("longlive", "prompt-taker"))
    plan = scope.ask("POST", "/api/v1/workflow/resolve", workflow)
    assert [item for item in plan["items"] if item["status"] != "ok"] == []
    for node in workflow["graph"]["nodes"]:
        node.pop("x")
        node.pop("y")
    scope.ask("POST", "/api/v1/session/start", {"input_mode": "text", "graph": workflow["graph"]})
    eventually(lambda: any("How sweet the sound" in text for text in scope.prompts()), 15)
    scope.ask("POST", "/api/v1/session/stop")
    assert "Traceback" not in scope.log()


def test_a_second_session_gets_a_first_value_too(scope: Scope) -> None:
    graph = json.loads(EXAMPLE.read_text().replace("longlive", "prompt-taker"))["graph"]
    for _ in range(2):
        scope._taken.unlink(missing_ok=True)
        scope.ask("POST", "/api/v1/session/start", {"input_mode": "text", "graph": graph})
        eventually(lambda: "".join(scope.prompts()), 15)
        scope.ask("POST", "/api/v1/session/stop")


def test_the_driver(scope: Scope) -> None:
    command = [sys.executable, "-m", "spotify_scope_plugin.cli", "drive", scope.url, "--start", "prompt-taker"]
    environ = {**os.environ, "SPOTIFY_SCOPE_SOURCE": "demo"}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
    eventually(lambda: any("How sweet the sound" in text for text in scope.prompts()), 30)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=20)[0]
    assert "Scope: takes the prompts" in output
    assert scope.ask("GET", "/api/v1/session/metrics")["sessions"] == {}


@pytest.mark.parametrize("path", sorted(EXAMPLE.parent.glob("*.scope-workflow.json")), ids=lambda path: path.stem)
def test_the_examples_are_read(scope: Scope, path: Path) -> None:
    plan = scope.ask("POST", "/api/v1/workflow/resolve", json.loads(path.read_text()))
    missing = [item["name"] for item in plan["items"] if item["status"] != "ok"]
    assert "spotify-scope-plugin" not in missing  # pipelines that need a GPU may be


def test_both_are_offered(scope: Scope) -> None:
    nodes = {node["node_type_id"]: node for node in scope.ask("GET", "/api/v1/nodes/definitions")["nodes"]}
    assert nodes["spotify-prompt"]["display_name"] == "Spotify Prompt"
    assert nodes["spotify-prompts"]["display_name"] == "Spotify Prompt Generator"
    assert scope.ask("GET", "/api/v1/plugins")["failed_plugins"] == []

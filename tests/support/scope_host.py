"""A small Scope: loads the plugin as the host does, and runs it in a chain of two processors.

Written from the host's documented behaviour: a queue of eight parameter updates that drops the ninth, one
update taken per chunk, a transition that ends when `prompts` come without it, and both ways of taking frames.
Uses the interface of a real Scope where one is installed, and `small_scope` otherwise.
"""

import importlib.metadata
import importlib.util
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

SMALL_SCOPE = Path(__file__).parent / "small_scope"


def is_real() -> bool:
    """Tell whether a real Scope is installed."""
    spec = importlib.util.find_spec("scope.core")
    return spec is not None and not str(spec.origin).startswith(str(SMALL_SCOPE))


def make_importable() -> None:
    """Put the stand-in on the path unless a real Scope is there."""
    if importlib.util.find_spec("scope") is None:
        sys.path.insert(0, str(SMALL_SCOPE))


def pretend_version(version: str, folder: Path) -> None:
    """Make a version of Scope look installed, by files in `folder`."""
    details = folder / f"daydream_scope-{version}.dist-info"
    details.mkdir(parents=True)
    (details / "METADATA").write_text(f"Metadata-Version: 2.1\nName: daydream-scope\nVersion: {version}\n")
    sys.path.insert(0, str(folder))


def load_pipeline_classes() -> dict[str, type]:
    """Load the plugin by its entry point and return the pipelines it registers, by id."""
    found: dict[str, type] = {}
    _loaded().hook.register_pipelines(
        register=lambda pipeline: found.update({pipeline.get_config_class().pipeline_id: pipeline})
    )
    return found


def load_node_classes() -> dict[str, type]:
    """Load the plugin by its entry point and return the nodes it registers, by id."""
    found: dict[str, type] = {}
    _loaded().hook.register_nodes(register=lambda node: found.update({node.node_type_id: node}))
    return found


def _loaded() -> pluggy.PluginManager:
    from scope.core.plugins.hookspecs import ScopeHookSpec

    manager = pluggy.PluginManager("scope")
    manager.add_hookspecs(ScopeHookSpec)
    distribution = importlib.metadata.distribution("spotify-scope-plugin")
    [entry_point] = [point for point in distribution.entry_points if point.group == "scope"]
    manager.register(entry_point.load())
    return manager


def build(pipeline_class: Any, **load_params: Any) -> Any:
    """Build a pipeline as the host does: with every default of its schema that is not None."""
    fields = pipeline_class.get_config_class().model_fields
    defaults = {name: info.default for name, info in fields.items() if info.default is not None}
    return pipeline_class(**{**defaults, **load_params})


class Updates:
    """The parameters of a processor, and the queue of eight in front of them."""

    def __init__(self) -> None:
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue(maxsize=8)
        self.current: dict[str, Any] = {}
        self.refused: list[dict[str, Any]] = []

    def put(self, update: dict[str, Any]) -> bool:
        """Offer an update; False when the queue is full and it was dropped."""
        try:
            self._queue.put_nowait(update)
        except queue.Full:
            self.refused.append(update)
            return False
        return True

    def take(self) -> dict[str, Any] | None:
        """Take one update, as the host does for each chunk, and return it."""
        try:
            update = self._queue.get_nowait()
        except queue.Empty:
            return None
        if "prompts" in update and "transition" not in update:
            self.current.pop("transition", None)
        self.current.update(update)
        return update


@dataclass
class Chunk:
    """What the consumer had for one chunk: when it began, the prompt, and the update it took for it.

    `share` is how much of the prompt is in the picture; the rest is the one before.
    """

    started_at: float
    prompt: str
    update: dict[str, Any] | None
    share: float = 1.0


class Consumer:
    """The pipeline behind the preprocessor: some frames and some milliseconds a chunk."""

    def __init__(self, frames_per_chunk: int = 4, chunk_seconds: float = 0.0) -> None:
        self.updates = Updates()
        self.frames: queue.Queue[Any] = queue.Queue(maxsize=frames_per_chunk * 2)
        self.chunks: list[Chunk] = []
        self.frames_taken = 0
        self.cancelled_transitions = 0
        self._frames_per_chunk = frames_per_chunk
        self._chunk_seconds = chunk_seconds
        self._shares: list[float] = []
        self._share = 1.0

    def work(self) -> None:
        """Process one chunk if there are frames for it, or rest for a moment."""
        if self.frames.qsize() < self._frames_per_chunk:
            time.sleep(0.001)
            return
        for _ in range(self._frames_per_chunk):
            self.frames.get_nowait()
        started = time.monotonic()
        update = self.updates.take()
        share = self._blend(update)
        prompts = self.updates.current.get("prompts") or [{"text": ""}]
        self.chunks.append(Chunk(started, prompts[0]["text"], update, share))
        self.frames_taken += self._frames_per_chunk
        time.sleep(self._chunk_seconds)

    def _blend(self, update: dict[str, Any] | None) -> float:
        """Return the share of the new prompt in this chunk.

        As the host interpolates: from 0 to 1 in as many steps as the transition has, both ends included.
        """
        if update is not None and "prompts" in update:
            transition = update.get("transition")
            if transition is None:
                self.cancelled_transitions += len(self._shares) > 0
                self._shares, self._share = [], 1.0
            elif transition["target_prompts"] != self._target:
                steps = transition["num_steps"]
                self._shares = [step / max(steps - 1, 1) for step in range(steps)]
                self._target = transition["target_prompts"]
        if self._shares:
            self._share = self._shares.pop(0)
        if not self._shares:
            self.updates.current.pop("transition", None)
        return self._share

    _target: Any = None


@dataclass
class Chain:
    """Camera, preprocessor and consumer, each in its thread, wired as the host wires them.

    `pipeline` is called with one frame at a time; `call_seconds` collects what each call took.
    """

    pipeline: Callable[..., dict[str, Any]]
    consumer: Consumer
    make_frame: Callable[[], Any]
    frames_per_second: float = 30.0
    is_before_0_1_8: bool = False
    call_seconds: list[float] = field(default_factory=list)
    refused_frames: int = 0
    _parameters: Updates = field(default_factory=Updates)
    _frames: "queue.Queue[Any]" = field(default_factory=lambda: queue.Queue(maxsize=30))

    def set_by_user(self, **parameters: Any) -> bool:
        """Change parameters in the UI: they go to every processor. False when one refused."""
        return all([self._parameters.put(dict(parameters)), self.consumer.updates.put(dict(parameters))])

    def run(self, seconds: float, while_running: Callable[[], None] | None = None) -> None:
        """Stream for a while; calls `while_running` in this thread meanwhile."""
        ends_at = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._loop, args=(work, ends_at), daemon=True)
            for work in (self._camera(), self._preprocess, self.consumer.work)
        ]
        for thread in threads:
            thread.start()
        if while_running is not None:
            while_running()
        for thread in threads:
            thread.join()

    @staticmethod
    def _loop(work: Callable[[], None], ends_at: float) -> None:
        while time.monotonic() < ends_at:
            work()

    def _camera(self) -> Callable[[], None]:
        next_at = time.monotonic()

        def work() -> None:
            nonlocal next_at
            _offer(self._frames, self.make_frame())
            next_at += 1 / self.frames_per_second
            time.sleep(max(0.0, next_at - time.monotonic()))

        return work

    def _preprocess(self) -> None:
        try:
            frame = self._frames.get(timeout=0.05)
        except queue.Empty:
            return
        self._parameters.take()
        call = {**self._parameters.current, "init_cache": not self.call_seconds, "video": [frame]}
        started = time.perf_counter()
        output = dict(self.pipeline(**call))
        self.call_seconds.append(time.perf_counter() - started)
        video = self._as_host(output.pop("video"))
        for index in range(video.shape[0]):
            self.refused_frames += not _offer(self.consumer.frames, video[index : index + 1])
        output = {key: value for key, value in output.items() if not key.endswith("_timestamps")}
        if output:
            self.consumer.updates.put(output)

    def _as_host(self, video: Any) -> Any:
        """Make the output uint8: from 0.1.8 on only if it is not, before that whatever it is."""
        if "uint8" in str(video.dtype) and not self.is_before_0_1_8:
            return video
        return (video * 255.0).clamp(0, 255).byte()


def _offer(frames: "queue.Queue[Any]", frame: Any) -> bool:
    try:
        frames.put_nowait(frame)
    except queue.Full:
        return False
    return True

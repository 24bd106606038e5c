"""A small graph, run as the host runs one: a thread a node, queues as edges, a pipeline that takes prompts.

Written from the host's documented behaviour: a continuous source node is called in a loop, with a rest of 10 ms
after an empty answer; a value waits for room in the edge's queue; an exception stops a source node for good; a
pipeline begins when every wired port has had a value, and takes the latest of each before each chunk.
"""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_REST = 0.01


class NodeRunner:
    """Runs one source node, and fills the queues of its wired ports."""

    def __init__(self, node: Any, wired: tuple[str, ...] = ("prompts",), **parameters: Any) -> None:
        self.node = node
        self.parameters = parameters
        self.edges: dict[str, queue.Queue[Any]] = {name: queue.Queue(maxsize=30) for name in wired}
        self.values: list[tuple[float, str, Any]] = []
        self.calls = 0
        self.stopped_by: Exception | None = None
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        self._thread.join(5)
        assert not self._thread.is_alive()
        self.node.shutdown()

    def latest(self, name: str) -> Any:
        return next((value for _, port, value in reversed(self.values) if port == name), None)

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                outputs = self.node.execute({}, **self.parameters)
            except Exception as error:
                self.stopped_by = error
                return
            self.calls += 1
            if not outputs:
                self._ends.wait(_REST)
                continue
            for name, value in outputs.items():
                if value is None:
                    continue
                self.values.append((time.monotonic(), name, value))
                if name in self.edges:
                    self._put(self.edges[name], value)

    def _put(self, edge: "queue.Queue[Any]", value: Any) -> None:
        while not self._ends.is_set():
            try:
                edge.put(value, timeout=0.1)
            except queue.Full:
                continue
            return


class PromptTaker:
    """A pipeline in text mode: takes the latest value of each wired port before each chunk."""

    def __init__(self, edges: "dict[str, queue.Queue[Any]]", chunk_seconds: float = 0.1) -> None:
        self.chunks: list[tuple[float, dict[str, Any]]] = []
        self._edges = edges
        self._chunk_seconds = chunk_seconds
        self._parameters: dict[str, Any] = {}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._ends.is_set():
            for name, edge in self._edges.items():
                while not edge.empty():
                    self._parameters[name] = edge.get_nowait()
            if set(self._parameters) == set(self._edges):
                self.chunks.append((time.monotonic(), dict(self._parameters)))
            self._ends.wait(self._chunk_seconds)


@contextmanager
def running(node: Any, wired: tuple[str, ...] = ("prompts",), **parameters: Any) -> Iterator[Any]:
    """Run a node and a pipeline behind it until the end of the block."""
    runner = NodeRunner(node, wired, **parameters)
    taker = PromptTaker(runner.edges)
    runner.start()
    taker.start()
    try:
        yield runner, taker
    finally:
        taker.stop()
        runner.stop()

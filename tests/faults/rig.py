"""One fault in a process of its own: thirty frames a second through the real pipeline, and what becomes of them.

`python -m tests.faults.rig NAME` prints what was measured, as JSON.
"""

import contextlib
import json
import logging
import os
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..support import scope_host
from ..support.service_process import ServiceProcess, service_process
from .catalogue import PLAYING, TROUBLES, Evening, Trouble, next_song

_FRAME = 1 / 30
_GIVEN_UP_AFTER = 20.0


@dataclass
class Measured:
    """What a fault did. Times in seconds, memory in bytes."""

    name: str
    latest_frame: float = 0.0
    raised: int = 0
    messages: list[str] = field(default_factory=list)
    told: bool = False
    requests: int = 0
    recovery: float | None = None
    memory: int = 0
    secrets: list[str] = field(default_factory=list)
    login_is_kept: bool = True


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class _Memory(threading.Thread):
    """Watches how much memory the process holds."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="memory")
        self.first = self.most = resident()

    def run(self) -> None:
        while True:
            with contextlib.suppress(OSError):  # no files
                self.most = max(self.most, resident())
            time.sleep(0.02)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def run(trouble: Trouble, service: ServiceProcess, home: Path, log: _Log) -> Measured:
    from spotify_scope_plugin.now_playing import shared_session

    pipeline = scope_host.build(scope_host.load_pipeline_classes()["spotify-prompts"])
    evening = Evening(service, home, {}, token=json.loads((home / ".spotify_token_cache").read_text()))
    measured = Measured(trouble.name)
    session, over, begun = shared_session(), threading.Event(), threading.Event()

    def is_well() -> bool:
        snapshot = session.snapshot()
        moment = session.moment(snapshot=snapshot)
        knows_lyrics = moment.lyrics_kind.value in {"synced", "not_found", "plain"}
        return snapshot.health.value == "ok" and moment.track is not None and knows_lyrics

    def script() -> None:
        _wait(is_well, 10.0)
        time.sleep(1.5)
        memory = _Memory()
        memory.start()
        told = len(log.lines)
        asked = service.do("count", PLAYING)
        begun.set()
        trouble.begin(evening)
        time.sleep(trouble.seconds)
        measured.requests = service.do("count", PLAYING) - asked
        for undo in evening.undo:
            undo()
        trouble.end(evening)
        ended_at = time.monotonic()
        heard = session.poll_figures.polls - session.poll_figures.errors
        what_plays = service.get("song").title

        def is_over() -> bool:
            answered = session.poll_figures.polls - session.poll_figures.errors > heard
            track = session.moment().track
            return is_well() and answered and track is not None and track.title == what_plays

        measured.recovery = time.monotonic() - ended_at if _wait(is_over, _GIVEN_UP_AFTER) else None
        time.sleep(0.5)
        measured.memory = memory.most - memory.first
        measured.messages = log.lines[told:]

    def perform() -> None:
        try:
            script()
        finally:
            over.set()

    threading.Thread(target=perform, daemon=True, name="script").start()
    play(pipeline, evening, measured, begun, over)
    return measured


def play(
    pipeline: Any, evening: Evening, measured: Measured, begun: threading.Event, over: threading.Event
) -> None:
    """Pass thirty frames a second until it is over, and note how late the latest one came back."""
    import torch

    frame = torch.zeros((1, 512, 512, 3), dtype=torch.uint8)
    due = time.perf_counter()
    while not over.is_set():
        due += _FRAME
        time.sleep(max(0.0, due - time.perf_counter()))
        try:
            output = pipeline(video=[frame], **evening.parameters)
            assert output["video"] is frame
        except Exception:
            measured.raised += 1
        late = time.perf_counter() - due
        if begun.is_set():
            measured.latest_frame = max(measured.latest_frame, late)
        due = max(due, time.perf_counter() - _FRAME)


def _wait(probe: Any, seconds: float) -> bool:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if probe():
            return True
        time.sleep(0.02)
    return False


def judge(trouble: Trouble, measured: Measured, log: _Log, service: ServiceProcess, home: Path) -> None:
    written = "\n".join(log.lines)
    measured.told = not trouble.words or any(trouble.words in line for line in measured.messages)
    tokens = [*service.get("access_tokens"), *service.get("refresh_tokens"), "client-secret"]
    measured.secrets = [token for token in tokens if token in written]
    measured.secrets += ["a token went to another host"] if service.do("count", "/stolen") else []
    file = home / ".spotify_token_cache"
    kept = json.loads(file.read_text())["refresh_token"] if file.is_file() else ""
    measured.login_is_kept = kept in service.get("refresh_tokens")


def main(name: str) -> None:
    trouble = next(each for each in TROUBLES if each.name == name)
    log = _Log()
    logging.getLogger().addHandler(log)
    scope_host.make_importable()
    scope_host.pretend_version("0.2.4", Path(tempfile.mkdtemp()))
    with tempfile.TemporaryDirectory() as folder, service_process() as service:
        home = Path(folder) / "home"
        home.mkdir()
        os.environ.update(service.environment(home))
        next_song(Evening(service, home, {}))
        (home / ".spotify_token_cache").write_text(json.dumps(service.do("grant")))
        measured = run(trouble, service, home, log)
        judge(trouble, measured, log, service, home)
        print(json.dumps(asdict(measured)), flush=True)
        os._exit(0)  # some faults leave threads behind that hang


if __name__ == "__main__":
    main(sys.argv[1])

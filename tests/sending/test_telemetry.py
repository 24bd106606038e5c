"""The log of the frame path."""

import logging
import threading
import time
from typing import Any

import pytest

from spotify_scope_plugin.background import BackgroundLog
from spotify_scope_plugin.lyrics.finder import FetchFigures
from spotify_scope_plugin.playback.snapshot import PollFigures
from spotify_scope_plugin.sending.telemetry import STAGES, FrameTelemetry

from ..support.waiting import eventually


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("spotify_scope_plugin.sending.telemetry.time.monotonic", lambda: self.now)


def figures() -> Any:
    return PollFigures(7, 1, 0.152), FetchFigures(2, 1, 0.31)


def test_every_five_seconds_it_reports_rate_stages_and_background(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = BackgroundLog(logging.getLogger("spotify_scope_plugin"))
    monkeypatch.setattr(log, "touch", lambda: None)
    clock = Clock(monkeypatch)
    telemetry = FrameTelemetry(log, figures)
    for _ in range(310):
        telemetry.count(1, {"get_track": 0.001, "lyrics": 0.002, "prompt": 0.0, "passthrough": 0.0005})
        clock.now += 1 / 30
    log.flush()
    assert len(caplog.records) == 2
    assert caplog.records[0].getMessage() == (
        "Spotify preprocessor: pipeline FPS ≈ 30.0 | "
        "Avg ms per frame: get_track=1.000 lyrics=2.000 prompt=0.000 passthrough=0.500 | "
        "background: poll=152ms lyrics=310ms polls=7 errors=2"
    )


def test_a_stream_that_stood_still_does_not_count_as_slow(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = BackgroundLog(logging.getLogger("spotify_scope_plugin"))
    monkeypatch.setattr(log, "touch", lambda: None)
    clock = Clock(monkeypatch)
    telemetry = FrameTelemetry(log, figures)
    telemetry.count(1, dict.fromkeys(STAGES, 0.0))
    clock.now += 3600
    telemetry.count(1, dict.fromkeys(STAGES, 0.0))
    log.flush()
    assert caplog.records == []


def test_a_log_that_blocks_does_not_block_the_frame_path(request: pytest.FixtureRequest) -> None:
    released = threading.Event()
    request.addfinalizer(released.set)
    written: list[str] = []

    class StuckPipe(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            released.wait(10)
            written.append(record.getMessage())

    logger = logging.getLogger("spotify_scope_plugin.stuck")
    handler = StuckPipe()
    logger.addHandler(handler)
    request.addfinalizer(lambda: logger.removeHandler(handler))
    log = BackgroundLog(logger)
    started = time.perf_counter()
    for number in range(100):
        log.warning("line %d", number)
    assert time.perf_counter() - started < 2.0  # the handler would hold each line for ten seconds
    assert written == []
    released.set()
    eventually(lambda: len(written) == 100)
    assert written == [f"line {number}" for number in range(100)]

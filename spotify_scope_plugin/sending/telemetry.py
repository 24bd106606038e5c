"""Frame rate and per-stage times, and the log lines of the frame path.

Writing a log line can block (a full pipe, a slow disk), so the frame path only leaves a note, and a thread
writes it.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from ..background import Worker
from ..lyrics.finder import FetchFigures
from ..playback.snapshot import PollFigures

REPORT_SECONDS = 5.0
_LOOK_SECONDS = 0.1
STAGES = ("get_track", "lyrics", "prompt", "passthrough")


class FrameLog(Worker):
    """Writes warnings for the frame path, in order, from a thread that ends when there is nothing to write."""

    def __init__(self, logger: logging.Logger) -> None:
        """Write to `logger`."""
        super().__init__("spotify-log")
        self._logger = logger
        self._notes: deque[tuple[str, tuple[Any, ...]]] = deque(maxlen=1000)

    def warning(self, message: str, *args: Any) -> None:
        """Leave a note; it is formatted and written later."""
        self._notes.append((message, args))
        self.touch()  # the thread looks by itself: waking it would cost the frame more than the note

    def step(self) -> float:
        """Write what is there."""
        self.flush()
        return _LOOK_SECONDS

    def flush(self) -> None:
        """Write what is there, in the calling thread."""
        while self._notes:
            message, args = self._notes.popleft()
            self._logger.warning(message, *args)


class FrameTelemetry:
    """Adds up what the frame path spends, and reports every five seconds. Used by one thread."""

    def __init__(self, log: FrameLog, background: Callable[[], tuple[PollFigures, FetchFigures]]) -> None:
        """Report to `log`, with the figures that `background` returns when a report is due."""
        self._log = log
        self._background = background
        self._last_frame_at = -math.inf
        self._begin(-math.inf)

    def count(self, frames: int, seconds: Mapping[str, float]) -> None:
        """Count one call.

        Args:
            frames: how many frames it passed.
            seconds: what each of `STAGES` cost.
        """
        self._log.touch()  # its thread stays while frames come: starting one costs a frame half a millisecond
        now = time.monotonic()
        stood_still = now - self._last_frame_at > REPORT_SECONDS
        self._last_frame_at = now
        if stood_still:
            self._begin(now)  # a rate is counted from one frame to another
            return
        self._frames += frames
        for stage in STAGES:
            self._spent[stage] += seconds[stage]
        elapsed = now - self._began_at
        if elapsed >= REPORT_SECONDS:
            self._report(elapsed)
            self._begin(now)

    def _begin(self, now: float) -> None:
        self._began_at = now
        self._frames = 0
        self._spent = dict.fromkeys(STAGES, 0.0)

    def _report(self, elapsed: float) -> None:
        polls, fetches = self._background()
        self._log.warning(
            "Spotify preprocessor: pipeline FPS ≈ %.1f | Avg ms per frame: %s | "
            "background: poll=%s lyrics=%s polls=%d errors=%d",
            self._frames / elapsed,
            " ".join(f"{stage}={self._spent[stage] * 1000 / self._frames:.3f}" for stage in STAGES),
            _milliseconds(polls.round_trip),
            _milliseconds(fetches.fetch_time),
            polls.polls,
            polls.errors + fetches.errors,
        )


def _milliseconds(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds * 1000:.0f}ms"

"""Frame rate and per-stage times."""

import math
import time
from collections.abc import Callable, Mapping

from ..background import BackgroundLog
from ..lyrics.finder import FetchFigures
from ..playback.snapshot import PollFigures

REPORT_SECONDS = 5.0
STAGES = ("get_track", "lyrics", "prompt", "passthrough")


class FrameTelemetry:
    """Adds up what the frame path spends, and reports every five seconds. Used by one thread."""

    def __init__(self, log: BackgroundLog, background: Callable[[], tuple[PollFigures, FetchFigures]]) -> None:
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

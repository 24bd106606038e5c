"""Daemon threads that work only while somebody asks for their results.

The host tells a plugin neither when it is dropped nor when it stops, so a thread must end by itself.
"""

import logging
import math
import threading
import time

logger = logging.getLogger(__name__)

_RETRY_AFTER_FAILURE = 5.0


class Worker:
    """A daemon thread that repeats `step()`; started by `touch()`, ended when nobody touches it any more.

    Subclasses implement `step()`, which works once and returns the seconds until it wants to be called again
    (infinity: not before `wake()`). The time of the next step outlives the thread, so an agreed pause is kept
    even when the thread ends in between.
    """

    def __init__(self, name: str, idle_after: float = 15.0) -> None:
        """Prepare the worker; no thread runs yet.

        Args:
            name: name of the thread.
            idle_after: seconds without a `touch()` after which the thread ends.
        """
        self._name = name
        self._idle_after = idle_after
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._signal = threading.Event()
        self._closed = False
        self._failing = False
        self._touched_at = -math.inf
        self._due_at = -math.inf

    def step(self) -> float:
        """Work once; may block. Returns the seconds until the next call."""
        raise NotImplementedError

    def begin(self) -> None:
        """Prepare for a new thread; called before it starts, by whoever touched the worker."""

    def touch(self) -> None:
        """Say that the results are wanted. Cheap enough for the frame path: no lock while the thread runs."""
        self._touched_at = time.monotonic()
        if self._thread is None:
            self._start()

    def wake(self) -> None:
        """Let the next step happen now instead of at its time, and say that its results are wanted."""
        self._touched_at = time.monotonic()  # before the lock: a thread that is about to end sees it
        self.nudge()
        self.touch()

    def nudge(self) -> None:
        """Let the next step happen now, if somebody wants its results."""
        with self._lock:
            self._due_at = -math.inf
        self._signal.set()

    def is_wanted(self) -> bool:
        """Whether the results are wanted: a step that takes longer asks, and ends when they are not."""
        return not self._closed and time.monotonic() < self._touched_at + self._idle_after

    def close(self) -> None:
        """End the thread for good; waits for a step in progress for at most a second."""
        self._closed = True
        self._signal.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=1.0)

    def _start(self) -> None:
        # The lock is only ever held for a few instructions, never while a step runs.
        with self._lock:
            if self._thread is not None or self._closed:
                return
            self.begin()
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return  # no thread can be had now; the next touch() tries again
            self._thread = thread

    def _run(self) -> None:
        while not self._ended():
            self._signal.clear()
            now = time.monotonic()
            if now < self._due_at:
                idle_at = self._touched_at + self._idle_after
                self._signal.wait(max(0.0, min(self._due_at, idle_at) - now))
                continue
            # Set before the step, so that a wake() during it is not lost.
            self._due_at = math.inf
            pause = self._guarded_step()
            with self._lock:
                if self._due_at == math.inf:
                    self._due_at = time.monotonic() + pause

    def _ended(self) -> bool:
        if self.is_wanted():
            return False
        with self._lock:
            if self.is_wanted():
                return False
            self._thread = None
            return True

    def _guarded_step(self) -> float:
        try:
            pause = self.step()
        except Exception:
            if not self._failing:
                logger.exception("Spotify preprocessor: %s failed; trying again.", self._name)
            self._failing = True
            return _RETRY_AFTER_FAILURE
        self._failing = False
        return pause

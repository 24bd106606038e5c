"""Daemon threads that work only while somebody asks for their results, and the log in which they write.

The host tells a plugin neither when it is dropped nor when it stops, so a thread must end by itself.
"""

import atexit
import logging
import math
import os
import threading
import time
import traceback
import weakref
from collections import deque
from typing import Any

_RETRY_AFTER_FAILURE = 5.0
_LOOK_SECONDS = 0.1
_MOST_NOTES = 1000
_FAREWELL_SECONDS = 1.0
_WORKS_FOR, _RESTS_FOR = 0.001, 0.0002

_workers: "weakref.WeakSet[Worker]" = weakref.WeakSet()


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
        self._closed = False
        self._failing = False
        self._touched_at = -math.inf
        self._due_at = -math.inf
        self._begin_without_thread()
        _workers.add(self)

    def _begin_without_thread(self) -> None:
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._signal = threading.Event()

    def _begin_in_child(self) -> None:
        self._begin_without_thread()
        if self._due_at == math.inf:  # the parent may have been in the middle of a step
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
        try:
            self._work()
        finally:
            # Whatever it died of: the next touch starts another thread, which keeps the pause after a failure.
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None
                    self._due_at = time.monotonic() + _RETRY_AFTER_FAILURE

    def _work(self) -> None:
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
                log.error("Spotify preprocessor: %s failed; trying again.\n%s", self._name, traceback.format_exc())
            self._failing = True
            return _RETRY_AFTER_FAILURE
        self._failing = False
        return pause


class Yielding:
    """Lets other threads go first, again and again, in work that would hold the interpreter for milliseconds.

    A thread that waits for the interpreter gets it after five milliseconds at the latest: for a frame, too late.
    """

    def __init__(self) -> None:
        """Begin now."""
        self._began_at = time.perf_counter()

    def __call__(self) -> None:
        """Rest for a moment when the last rest was a millisecond ago."""
        if time.perf_counter() - self._began_at > _WORKS_FOR:
            time.sleep(_RESTS_FOR)
            self._began_at = time.perf_counter()


class BackgroundLog(Worker):
    """Writes log lines in order, from a thread that ends when there is nothing to write.

    Writing can block for as long as it likes (a full pipe, a slow disk). The frame path, and the threads whose
    results others wait for, only leave a note.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Write to `logger`."""
        super().__init__("spotify-log")
        self._logger = logger
        self._notes: deque[tuple[int, str, tuple[Any, ...]]] = deque(maxlen=_MOST_NOTES)
        self._writing = threading.Lock()

    def warning(self, message: str, *args: Any) -> None:
        """Leave a note; it is formatted and written later."""
        self._note(logging.WARNING, message, args)

    def error(self, message: str, *args: Any) -> None:
        """Leave a note of something that should not happen."""
        self._note(logging.ERROR, message, args)

    def _note(self, level: int, message: str, args: tuple[Any, ...]) -> None:
        self._notes.append((level, message, args))
        self.touch()  # the thread looks by itself: waking it would cost a frame more than the note

    def step(self) -> float:
        """Write what is there."""
        self.flush()
        return _LOOK_SECONDS

    def flush(self) -> None:
        """Write what is there, in the calling thread; returns when it is written."""
        with self._writing:
            while self._notes:
                level, message, args = self._notes.popleft()
                self._logger.log(level, message, *args)

    def say_farewell(self) -> None:
        """Have what is there written before the process ends, unless writing takes too long."""
        ends_at = time.monotonic() + _FAREWELL_SECONDS
        while self._notes and self._thread is not None and time.monotonic() < ends_at:
            time.sleep(_LOOK_SECONDS / 10)
        if self._thread is None:
            self.flush()
        # Its thread may be writing the last one.
        if self._writing.acquire(timeout=max(0.0, ends_at - time.monotonic())):
            self._writing.release()


log = BackgroundLog(logging.getLogger("spotify_scope_plugin"))
"""The log of those that must not wait for a log to be written."""

atexit.register(log.say_farewell)


def _begin_in_child() -> None:
    """Let a forked process have threads of its own: those of its parent are not there."""
    for worker in list(_workers):
        worker._begin_in_child()  # noqa: SLF001 - the class's own
    log._writing = threading.Lock()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)

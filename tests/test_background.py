"""The worker thread's life."""

import logging
import math
import os
import subprocess
import sys
import threading
import time

import pytest

from spotify_scope_plugin.background import Worker, Yielding

from .support.waiting import eventually


class Counter(Worker):
    def __init__(self, pause: float, idle_after: float = 15.0) -> None:
        super().__init__("counter", idle_after)
        self.pause = pause
        self.steps = 0

    def step(self) -> float:
        self.steps += 1
        if self.steps == 1 and self.pause < 0:
            raise RuntimeError("a bug")
        return abs(self.pause)


def threads() -> int:
    return sum(thread.name == "counter" for thread in threading.enumerate())


def test_no_thread_runs_before_somebody_asks() -> None:
    Counter(0.01)
    assert threads() == 0


def test_it_ends_by_itself_and_begins_again() -> None:
    counter = Counter(0.01, idle_after=0.2)
    counter.touch()
    eventually(lambda: counter.steps > 2)
    eventually(lambda: threads() == 0)
    steps = counter.steps
    counter.touch()
    eventually(lambda: counter.steps > steps)
    counter.close()
    assert threads() == 0


def test_waking_does_not_wait_for_the_pause() -> None:
    counter = Counter(math.inf)
    counter.touch()
    eventually(lambda: counter.steps == 1)
    counter.wake()
    eventually(lambda: counter.steps == 2)
    counter.close()


def test_a_wake_during_a_step_is_not_lost() -> None:
    in_step, go_on = threading.Event(), threading.Event()

    class Slow(Counter):
        def step(self) -> float:
            super().step()
            in_step.set()
            go_on.wait(2)
            return math.inf

    slow = Slow(0)
    slow.touch()
    assert in_step.wait(2)
    slow.wake()
    go_on.set()
    eventually(lambda: slow.steps == 2)
    slow.close()


def test_many_threads_asking_start_one() -> None:
    counter = Counter(0.05)
    callers = [threading.Thread(target=counter.touch) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert threads() == 1
    counter.close()


def test_a_bug_is_logged_with_its_traceback_and_survived(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spotify_scope_plugin.background._RETRY_AFTER_FAILURE", 0.05)
    counter = Counter(-0.01)
    counter.touch()
    eventually(lambda: counter.steps > 3)
    counter.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "a bug" in caplog.text


def test_when_no_thread_can_be_had_the_next_question_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter(0.01)

    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_thread)
        counter.touch()
    assert counter.steps == 0
    counter.touch()
    eventually(lambda: counter.steps > 0)
    counter.close()


def test_closed_it_stays_closed() -> None:
    counter = Counter(0.01)
    counter.touch()
    eventually(lambda: counter.steps > 0)
    counter.close()
    steps = counter.steps
    counter.touch()
    time.sleep(0.05)
    assert counter.steps == steps


class Dying(Counter):
    """Dies of what no thread survives, and its log with it."""

    def step(self) -> float:
        self.steps += 1
        if self.steps == 1:
            raise SystemExit
        return 0.01


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_scope_plugin.background._RETRY_AFTER_FAILURE", 0.2)
    dying = Dying(0.01)
    dying.touch()
    eventually(lambda: dying.steps == 1)
    died_at = time.monotonic()
    eventually(lambda: (dying.touch(), dying.steps > 2)[1])
    assert time.monotonic() - died_at >= 0.15  # not thirty threads a second
    dying.close()


def test_a_log_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_scope_plugin.background._RETRY_AFTER_FAILURE", 0.05)

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("no log")

    logger = logging.getLogger("spotify_scope_plugin")
    handler = Broken()
    logger.addHandler(handler)
    counter = Counter(-0.01)
    try:
        counter.touch()
        eventually(lambda: (counter.touch(), counter.steps > 3)[1])
    finally:
        logger.removeHandler(handler)
        counter.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_forked_process_works_for_itself() -> None:
    counter = Counter(0.01)
    counter.touch()
    eventually(lambda: counter.steps > 0)
    child = os.fork()
    if child == 0:
        steps = counter.steps
        counter.touch()
        ends_at = time.monotonic() + 5
        while counter.steps == steps and time.monotonic() < ends_at:
            time.sleep(0.01)
        os._exit(0 if counter.steps > steps else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    counter.close()


def test_what_was_noted_is_written_before_the_process_ends() -> None:
    code = (
        "import logging; from spotify_scope_plugin.background import log;"
        "logging.basicConfig(); log.warning('the last %s', 'word')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert "the last word" in done.stderr


def test_work_that_lets_others_work_holds_nobody_up() -> None:
    """A thread that computes for a second, and another one that wants two hundred moments meanwhile."""
    is_over = threading.Event()

    def compute() -> None:
        let_others_work = Yielding()
        while not is_over.is_set():
            sum(range(200))
            let_others_work()

    thread = threading.Thread(target=compute)
    thread.start()
    late = []
    for _ in range(200):
        asleep_at = time.perf_counter()
        time.sleep(0.002)
        late.append(time.perf_counter() - asleep_at - 0.002)
    is_over.set()
    thread.join()
    assert sorted(late)[100] < 0.003  # five milliseconds without it

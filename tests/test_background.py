"""The worker thread's life."""

import math
import threading
import time

import pytest

from spotify_scope_plugin.background import Worker

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

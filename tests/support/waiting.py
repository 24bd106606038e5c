"""Waiting for what threads do, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def eventually(probe: Callable[[], Result], within: float = 5.0) -> Result:
    """Return the first true result of `probe`; fails when there is none in time."""
    deadline = time.monotonic() + within
    while not (result := probe()):
        assert time.monotonic() < deadline, f"did not happen within {within} s"
        time.sleep(0.01)
    return result

"""The short form of the matrix of faults, and of the evening in fast motion."""

import sys

import pytest

pytest.importorskip("torch", reason="the real pipeline needs torch")
if sys.platform == "win32":
    pytest.skip("signals and limits of a Unix system", allow_module_level=True)

from .faults.__main__ import measure
from .faults.catalogue import SHORT, TROUBLES
from .soak import soak


@pytest.mark.alone
@pytest.mark.parametrize("name", SHORT)
def test_a_fault_holds_up_no_frame_and_is_over_soon(name: str) -> None:
    [trouble] = [each for each in TROUBLES if each.name == name]
    measured, off = measure(trouble)
    assert not off, measured


def test_an_evening_in_fast_motion_stays_flat() -> None:
    found = soak(20.0)
    assert found.songs >= 2
    assert found.off() == []

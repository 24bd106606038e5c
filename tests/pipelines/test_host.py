"""What the installed Scope can take."""

from collections.abc import Callable

import pytest

from spotify_scope_plugin.pipelines.host import takes_uint8

from ..support import scope_host

pytestmark = pytest.mark.skipif(scope_host.is_real(), reason="the installed Scope has its own version")


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.1.7", False), ("0.1.8", True), ("0.1.10", True), ("0.2.4", True), ("0.2.5.dev3+g1", True), ("1.0", True)],
)
def test_uint8_is_taken_from_0_1_8_on(scope_version: Callable[[str], None], version: str, expected: bool) -> None:
    scope_version(version)
    assert takes_uint8() is expected


def test_an_unknown_host_is_taken_at_its_documentation() -> None:
    assert takes_uint8() is False

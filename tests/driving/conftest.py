"""Fixtures: a small Scope server, and a driver that follows a song."""

from collections.abc import Iterator

import pytest

from ..support.scope_server import ScopeServer, serving_scope


@pytest.fixture
def scope() -> Iterator[ScopeServer]:
    with serving_scope(ScopeServer()) as scope:
        yield scope

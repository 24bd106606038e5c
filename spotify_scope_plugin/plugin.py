"""The module behind the `scope` entry point: hook implementations, and nothing else.

Scope imports this module in isolation when it starts, so heavy imports wait until a hook is called.
"""

from collections.abc import Callable
from typing import Any

import pluggy

hookimpl = pluggy.HookimplMarker("scope")


@hookimpl
def register_nodes(register: Callable[[type], Any]) -> None:
    """Register the node with a host that has nodes, 0.2.4 and newer; others never call this."""
    from .companion import serve_from_scope
    from .nodes.node import SpotifyPromptNode

    register(SpotifyPromptNode)
    serve_from_scope()


@hookimpl
def register_pipelines(register: Callable[[type], Any]) -> None:
    """Register the preprocessor with the host, and serve the lyrics page where that is wanted."""
    from .companion import serve_from_scope
    from .pipelines.pipeline import SpotifyPromptsPipeline

    register(SpotifyPromptsPipeline)
    serve_from_scope()

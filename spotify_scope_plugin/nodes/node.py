"""The Scope node: the song without any video, on ports."""

import contextlib
import dataclasses
import threading
import traceback
from typing import Any, ClassVar

from scope.core.nodes import Node, NodeDefinition, NodeParam, NodePort

from .. import settings
from ..background import log
from ..now_playing import shared_session
from ..options import FIELDS
from .ports import PORTS, Ports

_FOR_TRANSITIONS = frozenset({"prompt_transition_chunks", "transition_method", "hard_cut_on_track_change"})
"""Options that a port of plain text has no way to hand on."""


class SpotifyPromptNode(Node):
    """Puts the prompt of the song that plays on a port, and what the prompt is made of on others."""

    node_type_id: ClassVar[str] = "spotify-prompt"

    def __init__(self, node_id: str = "", config: dict[str, Any] | None = None) -> None:
        """Prepare; nothing is asked before the first `execute`."""
        super().__init__(node_id, config)
        # A node's instance serves every session that has its id in the graph, each by a thread of its own.
        self._graphs: dict[int, tuple[Ports, dict[str, Any]]] = {}
        self._failed = False

    @classmethod
    def get_definition(cls) -> NodeDefinition:
        """Return ports and parameters; a source that is called continuously."""
        defaults = settings.current().options
        return NodeDefinition(
            node_type_id=cls.node_type_id,
            display_name="Spotify Prompt",
            category="prompts",
            description=(
                "The song that plays, line by sung line, as a prompt. Needs no video: wire `prompts` to a "
                "pipeline."
            ),
            continuous=True,
            inputs=[],
            outputs=[
                NodePort(name=name, port_type=kind, description=description)
                for name, (kind, description) in PORTS.items()
            ],
            params=[_parameter(name, getattr(defaults, name)) for name in FIELDS if name not in _FOR_TRANSITIONS],
        )

    def execute(self, inputs: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return what has changed since the last call, the first time everything. Never raises, and never waits.

        Args:
            inputs: parameters that have a wire, when a new value has come by it.
            **kwargs: the other parameters, and anything else the host passes.

        Returns:
            Values by output port; empty when nothing has changed: the host then rests for 10 ms.
        """
        try:
            caller = threading.get_ident()
            if caller not in self._graphs:
                ports = Ports(shared_session(), dataclasses.asdict(settings.current().options))
                self._graphs[caller] = ports, {}
            ports, wired = self._graphs[caller]
            wired.update(inputs)
            return ports.changes({**kwargs, **wired})
        except Exception:
            # An exception would stop a source node for good.
            if not self._failed:
                self._failed = True
                with contextlib.suppress(Exception):
                    log.error(
                        "Spotify node: a value cannot be made; the graph goes on without it.\n%s",
                        traceback.format_exc(),
                    )
            return {}

    def shutdown(self) -> None:
        """Let everything go; the threads end by themselves when nobody asks. A later `execute` begins anew."""
        self._graphs.clear()


def _parameter(name: str, default: Any) -> NodeParam:
    """Return an option as a parameter of the node: the same label, bounds, choices and default as everywhere."""
    metadata = FIELDS[name].metadata
    kind, ui = "string", None
    if isinstance(default, bool):
        kind = "boolean"
    elif metadata["bounds"] is not None:
        kind, (low, high) = "number", metadata["bounds"]
        ui = {"min": low, "max": high, "step": 0.1}
    elif metadata["choices"] is not None:
        kind, ui = "select", {"options": list(metadata["choices"])}
    return NodeParam(name=name, param_type=kind, default=default, description=metadata["label"], ui=ui)

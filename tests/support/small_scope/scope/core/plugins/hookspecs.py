"""The hook of the versions before nodes."""

import pluggy

hookspec = pluggy.HookspecMarker("scope")
hookimpl = pluggy.HookimplMarker("scope")


class ScopeHookSpec:
    @hookspec
    def register_pipelines(self, register):
        """Call `register` with each pipeline class."""

    @hookspec
    def register_nodes(self, register):
        """From 0.2.4 on."""

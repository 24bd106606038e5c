"""The hook of the versions before nodes."""

import pluggy

hookspec = pluggy.HookspecMarker("scope")
hookimpl = pluggy.HookimplMarker("scope")


class ScopeHookSpec:
    @hookspec
    def register_pipelines(self, register):
        """Call `register` with each pipeline class."""

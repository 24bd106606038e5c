"""Which listener belongs to this system."""

import functools
import sys

from .listener import LocalListener


@functools.cache
def system_listener() -> LocalListener:
    """Return the one listener of this process."""
    if sys.platform == "win32":
        from .windows import WindowsListener

        return WindowsListener()
    if sys.platform == "darwin":
        from .macos import MacListener

        return MacListener()
    from .mpris import MprisListener

    return MprisListener()

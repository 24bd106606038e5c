"""Serves the lyrics page from this process, beside something else: Scope, or the demo."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from . import settings as environment
from .now_playing import NowPlaying, shared_session
from .options import Options
from .settings import Settings

if TYPE_CHECKING:
    from lyrics_app.running import PageThread

logger = logging.getLogger(__name__)

_GRACE_SECONDS = 2.0
"""Scope also loads its plugins for commands that only list them: those have ended by then."""

_begun = threading.Lock()


def serve_from_scope() -> None:
    """Serve the page when `LYRICS_APP` asks for it; returns at once, and never fails the plugin.

    The host calls its hooks more than once; the page is begun once.
    """
    if environment.current().lyrics_app and _begun.acquire(blocking=False):
        timer = threading.Timer(_GRACE_SECONDS, _take_over)
        timer.daemon = True
        timer.start()


def serve_beside(
    session: NowPlaying,
    settings: Settings,
    in_use: Callable[[], tuple[Options, str | None]],
    *,
    any_port: bool = False,
) -> "PageThread | None":
    """Serve the page in a thread; None, and one warning, when it cannot be served.

    Args:
        session: what plays.
        settings: where to listen, and who may look.
        in_use: returns the options in use, and the prompt that was really sent (None: none was).
        any_port: take a free port where the one in the settings is taken.
    """
    try:
        from lyrics_app.running import CannotListenError, PageServer, PageThread
    except ModuleNotFoundError as error:
        logger.warning(
            "Spotify lyrics page: it is not served, for the Python package %r is missing; install the plugin with "
            "its extra lyrics-app.",
            error.name,
        )
        return None
    try:
        server = PageServer(session, settings, in_use)
    except CannotListenError as error:
        if any_port and settings.lyrics_app_port:
            return serve_beside(session, replace(settings, lyrics_app_port=0), in_use)
        logger.warning("Spotify lyrics page: it is not served. %s", error)
        return None
    logger.warning("Spotify lyrics page: %s", server.invitation())
    thread = PageThread(server)
    thread.start()
    return thread


def _take_over() -> None:
    """Serve from Scope; a page of this plugin before Scope reloaded it makes room."""
    from .sending.prompter import in_use

    settings = environment.current()
    for thread in threading.enumerate():
        if hasattr(thread, "stop") and type(thread).__name__ == "PageThread":
            thread.stop()
    serve_beside(shared_session(), settings, lambda: in_use(settings.options))
